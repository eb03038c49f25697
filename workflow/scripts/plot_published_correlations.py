"""Correlations of all events of a process beside the published matrix, and ours minus theirs."""

from deepcollider.jobs import begin

begin(snakemake)

import json
from pathlib import Path

import numpy as np

from deepcollider.figures.heatmaps import draw_correlations
from deepcollider.figures.style import save
from deepcollider.metrics.correlation import FEATURE_LABELS, published_matrix

summary = json.loads(Path(snakemake.input.summary).read_text(encoding="utf-8"))
ours = np.array(summary["correlations"]["pairwise"], float)
published = published_matrix(snakemake.input.published, snakemake.wildcards.process).to_numpy()
figure = draw_correlations(
    published, ours, list(FEATURE_LABELS.values()), names=("published", "ours"), title=snakemake.params.title
)
save(figure, snakemake.output.pdf, snakemake.output.png)
