"""ROC curves of all detectors, a panel a signal."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.figures.anomaly import draw_anomaly
from deepcollider.figures.style import save

figure = draw_anomaly(
    pd.read_csv(snakemake.input.curves), pd.read_csv(snakemake.input.table), snakemake.params.background
)
save(figure, snakemake.output.pdf, snakemake.output.png)
