"""Distributions of the event features and of every kind of object, SM and BSM overlaid."""

from deepcollider.jobs import begin

begin(snakemake)

import json
from pathlib import Path

from tqdm import tqdm

from deepcollider.figures.distributions import Counts, Panel, draw_overlaid
from deepcollider.figures.style import save
from deepcollider.metrics.distributions import BY_FEATURE, PANELS, pooled

MOST_PROCESSES = 8  # more lines in a panel could not be told apart
FEWEST_VALUES = 200  # fewer would show as a comb of single values; they are in the pooled sample

processes = snakemake.params.processes
summaries = {
    process: json.loads(Path(path).read_text(encoding="utf-8"))
    for process, path in zip(processes, snakemake.input.summaries, strict=True)
}
groups = snakemake.params.groups
standard, beyond = ([name for name in summaries if groups[name] == group] for group in ("SM", "BSM"))
shown = list(summaries) if len(summaries) <= MOST_PROCESSES else []
lines = [name for members in (standard, beyond) if len(members) > 1 for name in members if name in shown]


def of(members, name, scale):
    """Counts of some processes pooled, with what the normal curve needs; None for no process."""
    if not members:
        return None, None
    found = pooled([summaries[process] for process in members], name, scale)
    normal = (found["mean"], found["std"]) if found["std"] else None
    return Counts(found["counts"], found["n"]), normal


def panel(name, scale):
    feature = BY_FEATURE[name]
    filled, normal = of(standard, name, scale)
    line, normal_line = of(beyond, name, scale)
    single = {process: of([process], name, scale)[0] for process in lines}
    thin = {process: counts for process, counts in single.items() if counts.total >= FEWEST_VALUES}
    with_curve = scale == "log10"
    log_y = feature.log10 and scale == "raw"
    curve = (normal or normal_line) if with_curve else None
    return Panel(feature.histogram(scale).edges, feature.axis_label(scale), filled, line, thin, log_y, curve)


def pooled_label(group, members):
    if len(members) == 1:
        return f"{group}: {snakemake.params.labels[members[0]]}"
    return f"{group}, {len(members)} processes pooled" if members else ""


outputs = zip(snakemake.params.figures, snakemake.output.pdf, snakemake.output.png, strict=True)
for figure_name, pdf, png in tqdm(outputs, total=len(snakemake.params.figures), unit="figure", mininterval=2.0):
    title, panels = PANELS[figure_name]
    figure = draw_overlaid(
        [panel(name, scale) for name, scale in panels],
        filled=pooled_label("SM", standard),
        line=pooled_label("BSM", beyond),
        labels={name: snakemake.params.labels[name] for name in lines},
        dashed=beyond,
        title=title,
    )
    save(figure, pdf, png)
print(f"{len(snakemake.params.figures)} figures of {len(summaries)} processes")
