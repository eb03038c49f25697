"""Every system and process at its best setting, from the table of all metrics."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.files import written_whole
from deepcollider.metrics.leaderboard import leaderboard, read_metrics

table = leaderboard(read_metrics(snakemake.input.metrics), snakemake.params.traits)
with written_whole(snakemake.output.table) as path:
    table.to_csv(path, index=False, float_format="%.8g")
print(table[["process", "system", "experiment", "setting", "wd_over_floor"]].to_string(index=False))
