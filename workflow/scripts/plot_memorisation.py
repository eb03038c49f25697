"""Distances to the nearest training event, all settings beside the test events."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.figures.neighbours import draw_memorisation
from deepcollider.figures.style import save

tables = [pd.read_csv(path) for path in snakemake.input.tables]
figure = draw_memorisation(tables, snakemake.params.labels, title=snakemake.params.get("title", ""))
save(figure, snakemake.output.pdf, snakemake.output.png)
