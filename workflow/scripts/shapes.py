"""Means, spreads and central shares of the features of one generated sample and of truth (metrics.shapes)."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.files import written_whole
from deepcollider.metrics.shapes import shapes
from deepcollider.store.event_files import read_events

generated, truth = (
    read_events(path, snakemake.params.max_events) for path in (snakemake.input.generated, snakemake.input.truth)
)
table = shapes(generated, truth)
with written_whole(snakemake.output.shapes) as path:
    table.to_csv(path, index=False, float_format="%.8g")
print(f"{len(table)} rows")
