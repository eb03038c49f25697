"""Correlation matrix of the trilepton variables in the background."""

from deepcollider.jobs import begin

begin(snakemake)

import json
from pathlib import Path

import numpy as np

from deepcollider.figures.heatmaps import draw_correlation_matrix
from deepcollider.figures.style import save

found = json.loads(Path(snakemake.input.summary).read_text(encoding="utf-8"))["correlations"]
figure = draw_correlation_matrix(np.array(found["matrix"], float), found["variables"], title="background")
save(figure, snakemake.output.pdf, snakemake.output.png)
