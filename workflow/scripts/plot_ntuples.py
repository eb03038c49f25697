"""Density of every variable of the trilepton or dilepton samples, signal against background."""

from deepcollider.jobs import begin

begin(snakemake)

import json
from pathlib import Path

from tqdm import tqdm

from deepcollider.figures.distributions import Counts, draw_signal_background
from deepcollider.figures.style import save
from deepcollider.metrics.ntuple_summaries import missing_note, present
from deepcollider.metrics.ntuple_variables import VIEWS

distributions = json.loads(Path(snakemake.input.summary).read_text(encoding="utf-8"))["distributions"]
labels, groups = snakemake.params.labels, snakemake.params.groups
outputs = zip(snakemake.params.figures, snakemake.output.pdf, snakemake.output.png, strict=True)
for (view, name), pdf, png in tqdm(outputs, total=len(snakemake.params.figures), unit="figure", mininterval=2.0):
    variable = VIEWS[view][name]
    parts = {"background": {}, "signal": {}}
    for sample, summary in distributions[view].items():
        parts[groups[sample]][sample] = summary["variables"][name]
    background, signal = (
        {labels[sample]: Counts(part["counts"], present(part)) for sample, part in parts[group].items()}
        for group in ("background", "signal")
    )
    figure = draw_signal_background(
        variable.histogram().edges,
        background,
        signal,
        xlabel=variable.axis_label,
        log_y=variable.log_y,
        note=missing_note({group: list(found.values()) for group, found in parts.items()}),
    )
    save(figure, pdf, png)
print(f"{len(snakemake.params.figures)} figures")
