"""Correlation matrix of the trilepton variables in the background."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import json
from pathlib import Path

import numpy as np

from deepcollider.figures.heatmaps import draw_correlation_matrix
from deepcollider.figures.style import save

found = json.loads(Path(snakemake.input.summary).read_text())["correlations"]
figure = draw_correlation_matrix(np.array(found["matrix"], float), found["variables"], title="background")
save(figure, snakemake.output.pdf, snakemake.output.png)
