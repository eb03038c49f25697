"""Metrics against the hyperparameters of an experiment's grid."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.figures.settings import draw_settings
from deepcollider.figures.style import save
from deepcollider.metrics.leaderboard import best_settings, read_metrics

metrics = read_metrics(snakemake.input.metrics)
experiment, process = snakemake.wildcards.experiment, snakemake.wildcards.process
own = metrics[(metrics["experiment"] == experiment) & (metrics["process"] == process)]
best = best_settings(own)[experiment, process]
figure = draw_settings(own, snakemake.params.points, best=best, title=snakemake.params.title)
save(figure, snakemake.output.pdf, snakemake.output.png)
