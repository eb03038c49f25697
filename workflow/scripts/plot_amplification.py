"""Errors of generated, training and true events, a panel a spectrum."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.figures.amplification import draw_amplification
from deepcollider.figures.style import save

figure = draw_amplification(pd.read_csv(snakemake.input.table))
save(figure, snakemake.output.pdf, snakemake.output.png)
