"""Correlation heatmaps of truth, of generated events, and their difference."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.figures.heatmaps import draw_correlations
from deepcollider.figures.style import save
from deepcollider.metrics.correlation import FEATURE_LABELS, correlation_matrix
from deepcollider.store.event_files import read_events

truth, generated = (
    correlation_matrix(read_events(path)).to_numpy() for path in (snakemake.input.truth, snakemake.input.generated)
)
figure = draw_correlations(truth, generated, list(FEATURE_LABELS.values()), title=snakemake.params.get("title", ""))
save(figure, snakemake.output.pdf, snakemake.output.png)
