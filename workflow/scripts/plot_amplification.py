"""Errors of generated, training and true events, a panel a spectrum."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import pandas as pd

from deepcollider.figures.amplification import draw_amplification
from deepcollider.figures.style import save

figure = draw_amplification(pd.read_csv(snakemake.input.table))
save(figure, snakemake.output.pdf, snakemake.output.png)
