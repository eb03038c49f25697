"""ROC curves and classifier weights of the two-sample test, all settings in one figure."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.figures.style import save
from deepcollider.figures.two_sample import draw_two_sample

curves = {label: pd.read_csv(path) for label, path in zip(snakemake.params.labels, snakemake.input.curves, strict=True)}
figure = draw_two_sample(curves, title=snakemake.params.get("title", ""))
save(figure, snakemake.output.pdf, snakemake.output.png)
