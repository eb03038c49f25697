"""The index of published figures as a table, and as a page with our figures."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import pandas as pd

from deepcollider.files import written_whole
from deepcollider.reports.figure_index import COLUMNS
from deepcollider.reports.figure_index_page import figure_index_page

index = pd.DataFrame(snakemake.params.index, columns=list(COLUMNS))
with written_whole(snakemake.output.index) as table, written_whole(snakemake.output.page) as page:
    index.to_csv(table, index=False)
    page.write_text(figure_index_page(index, snakemake.params.title))
