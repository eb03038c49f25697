"""Fidelity against training events and parameters."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.figures.scale_curve import PANELS, draw_scale_curve
from deepcollider.figures.style import save
from deepcollider.metrics.classifiers import with_worst
from deepcollider.metrics.leaderboard import overall_numbers, read_metrics

metrics = read_metrics(snakemake.input.metrics)
rows = []
for experiment, setting in snakemake.params.points:
    chosen = (metrics["experiment"] == experiment) & (metrics["setting"] == setting)
    numbers = overall_numbers(with_worst(metrics[chosen & (metrics["process"] == snakemake.params.process)]))
    size = {name: numbers["value"][name] for name in ("training_rows", "parameters")}
    rows += [{"metric": metric, **numbers.loc[metric, ["value", "error", "floor"]], **size} for metric in PANELS]
save(draw_scale_curve(pd.DataFrame(rows), snakemake.params.title), snakemake.output.pdf, snakemake.output.png)
