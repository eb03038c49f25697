"""A thesis's table of results of one experiment and process, ours beside the published numbers."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.files import written_whole
from deepcollider.metrics.leaderboard import read_metrics
from deepcollider.reports.thesis_tables import experiment_table

table = experiment_table(
    read_metrics(snakemake.input.metrics),
    snakemake.wildcards.experiment,
    snakemake.wildcards.process,
    snakemake.params.settings,
    pd.read_csv(snakemake.input.reference),
    snakemake.params.published,
)
with written_whole(snakemake.output.table) as path:
    table.to_csv(path, index=False, float_format="%.8g")
print(f"{len(table)} settings, best: {table.loc[table['best'], 'setting'].item()}")
