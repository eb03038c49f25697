"""Histograms with ratio panels of every observable, all settings side by side."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.figures.histograms import draw_histograms
from deepcollider.figures.style import save
from deepcollider.metrics.distances import histogram
from deepcollider.metrics.observables import BY_OBSERVABLE, group_values
from deepcollider.store.event_files import read_events


def histograms_of(path, observables):
    """Number of events, and the histogram inside the range of each observable; the events are not kept."""
    events = read_events(path)
    values = {}
    for group in dict.fromkeys(each.group for each in observables):
        values |= group_values(events, group)[1]
    return len(events), [histogram(values[each.name], each)[1:-1] for each in observables]


observables = [BY_OBSERVABLE[name] for name in snakemake.params.observables]
n_truth, truth = histograms_of(snakemake.input.truth, observables)
samples = [histograms_of(path, observables) for path in snakemake.input.generated]
for i, (observable, pdf, png) in enumerate(zip(observables, snakemake.output.pdf, snakemake.output.png, strict=True)):
    figure = draw_histograms(
        10**observable.edges if observable.log10 else observable.edges,
        truth[i],
        [counts[i] for _, counts in samples],
        snakemake.params.labels,
        scales=[n_truth / max(n, 1) for n, _ in samples],
        xlabel=f"{observable.label} [{observable.unit}]" if observable.unit else observable.label,
        log_x=observable.log10,
        log_y=observable.log10,
        title=snakemake.params.get("title", ""),
    )
    save(figure, pdf, png)
print(f"{len(observables)} figures of {len(samples)} settings")
