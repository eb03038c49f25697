"""Training curves of every part, all settings in one panel."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.figures.losses import draw_losses
from deepcollider.figures.style import save

logs = [pd.read_csv(path) for path in snakemake.input.logs]
labels = [tuple(label) for label in snakemake.params.labels]
figure = draw_losses(logs, labels, title=snakemake.params.get("title", ""))
save(figure, snakemake.output.pdf, snakemake.output.png)
