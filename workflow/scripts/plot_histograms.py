"""Histograms with ratio panels of every observable, all settings side by side."""

from deepcollider.jobs import begin

begin(snakemake)

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from tqdm import tqdm

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
samples = [
    histograms_of(path, observables)
    for path in tqdm(snakemake.input.generated, "reading", unit="sample", mininterval=2.0)
]


def draw(i):
    """Draw and save the figure of one observable."""
    observable = observables[i]
    figure = draw_histograms(
        10**observable.edges if observable.log10 else observable.edges,
        truth[i],
        [counts[i] for _, counts in samples],
        snakemake.params.labels,
        scales=[n_truth / max(n, 1) for n, _ in samples],
        xlabel=f"{observable.label} [{observable.unit}]" if observable.unit else observable.label,
        log_x=observable.log10,
        log_y=observable.log_counts,
        title=snakemake.params.get("title", ""),
    )
    save(figure, snakemake.output.pdf[i], snakemake.output.png[i])


# drawing takes a second or two a figure, and comes last in the run, when no other job could use a second core
with ProcessPoolExecutor(snakemake.threads, mp_context=multiprocessing.get_context("fork")) as pool:
    drawn = pool.map(draw, range(len(observables)))
    list(tqdm(drawn, "drawing", len(observables), unit="figure", mininterval=2.0))
print(f"{len(observables)} figures of {len(samples)} settings")
