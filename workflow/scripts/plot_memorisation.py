"""Distances to the nearest training event, all settings beside the test events."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import pandas as pd

from deepcollider.figures.neighbours import draw_memorisation
from deepcollider.figures.style import save

tables = [pd.read_csv(path) for path in snakemake.input.tables]
figure = draw_memorisation(tables, snakemake.params.labels, title=snakemake.params.get("title", ""))
save(figure, snakemake.output.pdf, snakemake.output.png)
