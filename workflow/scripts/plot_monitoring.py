"""How the training of every adversarial part went, with the epoch that was kept."""

from deepcollider.jobs import begin

begin(snakemake)

import json
from pathlib import Path

import pandas as pd

from deepcollider.figures.adversarial import draw_monitoring
from deepcollider.figures.style import save

logs = [pd.read_csv(path) for path in snakemake.input.logs]
kept = [json.loads(Path(path).read_text(encoding="utf-8")).get("best_epoch") for path in snakemake.input.costs]
figure = draw_monitoring(logs, list(snakemake.params.labels), kept, title=snakemake.params.title)
save(figure, snakemake.output.pdf, snakemake.output.png)
