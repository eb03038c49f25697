"""Speed against quality of all systems, with the Monte Carlo."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.figures.speed_quality import draw_speed_quality
from deepcollider.figures.style import save

figure = draw_speed_quality(pd.read_csv(snakemake.input.leaderboard), snakemake.params.labels)
save(figure, snakemake.output.pdf, snakemake.output.png)
