"""The best setting of each experiment with a process, ours beside the published one."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.files import written_whole
from deepcollider.metrics.leaderboard import read_metrics
from deepcollider.reports.thesis_tables import best_table

table = best_table(
    read_metrics(snakemake.input.metrics),
    snakemake.wildcards.process,
    snakemake.params.experiments,
    pd.read_csv(snakemake.input.reference),
)
with written_whole(snakemake.output.table) as path:
    table.to_csv(path, index=False, float_format="%.8g")
print(f"{len(table)} experiments")
