"""The index of published figures as a table, and as a page with our figures."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.files import written_whole
from deepcollider.reports.figure_index import COLUMNS
from deepcollider.reports.figure_index_page import coverage, coverage_text, figure_index_page

index = pd.DataFrame(snakemake.params.index, columns=list(COLUMNS))
counts = coverage(index)
with (
    written_whole(snakemake.output.index) as table,
    written_whole(snakemake.output.counts) as table_of_counts,
    written_whole(snakemake.output.page) as page,
):
    index.to_csv(table, index=False, encoding="utf-8")
    counts.to_csv(table_of_counts, index_label="document", encoding="utf-8")
    page.write_text(figure_index_page(index, snakemake.params.title), encoding="utf-8")
print(coverage_text(index))
print(counts.to_string())
