"""All metrics of a generated sample against truth as one tidy table.

Columns: part_or_feature, metric, value, error, floor, n_generated, n_truth. ``floor`` is the same metric of
an independent sample of truth, as large as the generated one, in the place of the generated events: a model
cannot be seen to do better. A single such sample is as much a matter of chance as the generated one: for
distances and correlations the floor is the mean over random splits of both samples of truth together into two
of the same sizes. For all else it is that of the one sample. The n columns count what entered the value: values
of the observable, events, or objects. The events that a model was trained on do not enter:
:mod:`deepcollider.metrics.memorisation` asks whether it has copied them.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm import tqdm

from deepcollider.metrics import correlation, mask_test, two_sample
from deepcollider.metrics.classifiers import CLASSIFIERS, Classifier
from deepcollider.metrics.distances import (
    METRICS,
    N_RESAMPLES,
    compare,
    compare_resampled,
    compare_splits,
    resample_weights,
    split_weights,
    standard_error,
)
from deepcollider.metrics.event_features import filled_and_scaled, summary_features
from deepcollider.metrics.neighbours import neighbour_metrics
from deepcollider.metrics.observables import GROUPS, group_values, of_group
from deepcollider.metrics.overall import kind_weights, overall
from deepcollider.metrics.peaks import peak_metrics
from deepcollider.metrics.physics_distances import frechet_physics_distance, kernel_physics_distance
from deepcollider.metrics.table import COLUMNS, OVERALL, row
from deepcollider.metrics.validity import validity_rates
from deepcollider.physics.events import Events, concatenate
from deepcollider.physics.reconstruction import hadronic_top

Measured = Mapping[tuple[str, str], tuple[float, float]]
"""By (part or feature, metric): value and error."""


@dataclass(frozen=True)
class Evaluation:
    """What is known of one generated sample."""

    table: pd.DataFrame  # COLUMNS
    correlations: pd.DataFrame  # both matrices: correlation.correlation_matrices
    curves: pd.DataFrame  # of the classifier two-sample tests: two_sample.curves, and which classifier


def _rows(measured: Measured, floor: Measured, n_generated: int, n_truth: int) -> list[dict]:
    """Rows of what was measured of the generated events, and of truth in their place."""
    return [row(*key, *measured[key], floor[key][0], n_generated, n_truth) for key in measured]


def _seed(seed: int, step: str) -> int:
    """The seed of one step: a further step changes the numbers of no other."""
    return zlib.crc32(f"{seed} {step}".encode())


@dataclass(frozen=True)
class _Weights:
    """How often each event counts, by sample (R, N): in bootstrap resamples of two of them, in splits of truth."""

    generated: np.ndarray
    truth: np.ndarray
    splits: np.ndarray  # of the floor's events and then those of truth; 1 for those that stand for generated ones


def _compare_group(samples: list[Events], weights: _Weights, group: str) -> Iterator[tuple]:
    """Per observable of a group: name, sizes of the samples, and by metric value, resampled values, those of splits."""
    has, values = zip(*(group_values(sample, group) for sample in samples), strict=True)
    of_generated, of_truth = weights.generated[:, has[0]], weights.truth[:, has[1]]
    of_floor, others = weights.splits[:, : len(has[2])][:, has[2]], weights.splits[:, len(has[2]) :][:, has[1]]
    for observable in of_group(group):
        generated, truth, floor = (each[observable.name] for each in values)
        yield (
            observable.name,
            (len(generated), len(truth)),
            compare(generated, truth, observable),
            compare_resampled(generated, of_generated, truth, of_truth, observable),
            compare_splits(floor, of_floor, truth, others, observable),
        )


def _distance_rows(samples: list[Events], weights: _Weights) -> list[dict]:
    """Distances of every observable and their overall values."""
    rows, by_name = [], {"value": {}, "resampled": {}, "splits": {}}
    for group in GROUPS:
        for name, sizes, value, resampled, splits in _compare_group(samples, weights, group):
            for kept, new in zip(by_name.values(), (value, resampled, splits), strict=True):
                kept[name] = new
            rows += [row(name, m, value[m], standard_error(resampled[m]), splits[m].mean(), *sizes) for m in METRICS]
    by_kind = kind_weights(samples[1])
    sizes = len(samples[0]), len(samples[1])
    for metric in METRICS:
        (value, covered), (resampled, _), (splits, floor_covered) = (
            overall({name: each[metric] for name, each in kept.items()}, by_kind) for kept in by_name.values()
        )
        rows.append(row(OVERALL, metric, float(value), standard_error(resampled), float(np.mean(splits)), *sizes))
    return [*rows, row(OVERALL, "overall_coverage", covered, np.nan, floor_covered, *sizes)]


def _validity_rows(generated: Events, truth: Events, floor: Events) -> list[dict]:
    own, of_truth, of_floor = (validity_rates(each) for each in (generated, truth, floor))
    return [
        row(*key, each.percent, each.error, of_floor[key].percent, each.n, of_truth[key].n) for key, each in own.items()
    ]


def _correlation_rows(samples: list[Events], weights: _Weights) -> list[dict]:
    generated, truth, floor = samples
    own = correlation.correlation_differences(*map(correlation.correlation_matrix, (generated, truth)))
    resampled = correlation.correlation_differences_resampled(generated, weights.generated, truth, weights.truth)
    both = concatenate([floor, truth])
    splits = correlation.correlation_differences_resampled(both, weights.splits, both, 1 - weights.splits)
    sizes = len(generated), len(truth)
    return [row(OVERALL, m, own[m], standard_error(resampled[m]), np.mean(splits[m]), *sizes) for m in own]


def _chi2_rows(prefix: str, test: mask_test.Chi2, floor: mask_test.Chi2 | None, sizes) -> list[dict]:
    fields = {"chi2": "chi2", "chi2_ndof": "ndof", "p_value": "p_value"}
    return [
        row(OVERALL, f"{prefix}_{name}", getattr(test, field), np.nan, getattr(floor, field, np.nan), *sizes)
        for name, field in fields.items()
    ]


def _mask_rows(generated: Events, truth: Events, floor: Events, probabilities, drawn_from) -> list[dict]:
    """Two-sample test against truth, with its floor; and against the model's probabilities if known."""
    own, of_truth, of_floor = (mask_test.mask_counts(each) for each in (generated, truth, floor))
    sizes = len(generated), len(truth)
    against_truth = mask_test.compare_masks(own, of_truth, drawn_from)
    rows = _chi2_rows("mask", against_truth, mask_test.compare_masks(of_floor, of_truth), sizes)
    if probabilities is not None:
        test = mask_test.compare_with_probabilities(own, probabilities)
        rows += _chi2_rows("mask_model", test, None, (len(generated), 0))
    return rows


def overall_wd(sample: Events, truth: Events) -> float:
    """Overall Wasserstein distance of a sample to truth, without an error."""
    distances = {}
    for group in GROUPS:
        own, true = (group_values(each, group)[1] for each in (sample, truth))
        for observable in of_group(group):
            distances[observable.name] = compare(own[observable.name], true[observable.name], observable)["wd"]
    return float(overall(distances, kind_weights(truth))[0])


def _validation_rows(generated: Events, floor: Events, validation: Events) -> list[dict]:
    """Overall Wasserstein distance to the validation events, on which the best setting is chosen."""
    of_generated, of_floor = (overall_wd(sample, validation) for sample in (generated, floor))
    return [row(OVERALL, "validation_wd", of_generated, np.nan, of_floor, len(generated), len(validation))]


def _peak_rows(generated: Events, truth: Events, floor: Events, seed: int) -> list[dict]:
    own, of_floor = (peak_metrics(sample, truth, np.random.default_rng(seed)) for sample in (generated, floor))
    return _rows(own, of_floor, *(int(hadronic_top(sample)[0].sum()) for sample in (generated, truth)))


def _two_sample_tests(
    classifier: Classifier, samples: list[Events], max_events: int, seed: int
) -> tuple[two_sample.TwoSampleTest, two_sample.TwoSampleTest]:
    """A classifier against truth: of the generated events, and of truth in their place."""
    generated, truth, floor = (classifier.features(sample) for sample in samples)
    own, of_floor = (
        two_sample.two_sample_test(each, truth, max_events=max_events, seed=seed) for each in (generated, floor)
    )
    return own, of_floor


def _classifiers(samples: list[Events], max_events: int, seed: int) -> tuple[list[dict], pd.DataFrame]:
    """Rows of the AUC of every classifier; their curves, with the column ``classifier``."""
    rows, curves = [], []
    for classifier in CLASSIFIERS:
        own, of_floor = _two_sample_tests(classifier, samples, max_events, seed)
        rows.append(row(OVERALL, classifier.metric, own.auc, own.error, of_floor.auc, own.n, own.n))
        curves.append(two_sample.curves(own, of_floor).assign(classifier=classifier.name))
    return rows, pd.concat(curves, ignore_index=True)


def _feature_rows(samples: list[Events], max_neighbours: int, seed: int) -> list[dict]:
    """Distances and neighbourhoods in the space of the summary features, in units of truth's spread."""
    tables = [summary_features(sample) for sample in samples]
    generated, truth, floor = filled_and_scaled(tables[1], *tables)
    measured = []
    for sample in (generated, floor):
        found = {
            "fpd": frechet_physics_distance(truth, sample, seed=seed),
            "kpd": kernel_physics_distance(truth, sample, seed=seed),
            **neighbour_metrics(truth, sample, max_events=max_neighbours, seed=seed),
        }
        measured.append({(OVERALL, metric): value for metric, value in found.items()})
    return _rows(*measured, len(generated), len(truth))


def evaluate(
    generated: Events,
    truth: Events,
    floor: Events,
    validation: Events,
    *,
    mask_probabilities: Mapping[tuple[int, ...], float] | None = None,
    masks_drawn_from: int | None = None,
    n_bootstrap: int = N_RESAMPLES,
    classifier_events: int = 50_000,
    neighbour_events: int = 10_000,
    seed: int = 0,
    show_progress: bool = False,
) -> Evaluation:
    """Every metric of ``generated`` against ``truth``.

    ``floor`` is truth of the same size as ``generated``, disjoint from ``truth``; on ``validation``, disjoint from
    both, settings are compared. ``mask_probabilities``, by mask in the order of KINDS, are those that a statistical
    mask generator drew from, with frequencies of ``masks_drawn_from`` training events: they add the rows
    ``mask_model_*``.
    Errors come from ``n_bootstrap`` resamples of both samples' events where the metric has none of its own; floors of
    distances and correlations from as many splits of truth, at least N_RESAMPLES.
    ``classifier_events`` and ``neighbour_events`` are the most events a side of the classifiers and of the search for
    neighbours.
    """
    if not len(generated) or not len(truth):
        raise ValueError(f"{len(generated)} generated and {len(truth)} truth events: nothing to compare")
    rng = np.random.default_rng(seed)
    samples = [generated, truth, floor]
    weights = _Weights(
        *(resample_weights(len(sample), n_bootstrap, rng) for sample in (generated, truth)),
        splits=split_weights(len(floor), len(truth), max(n_bootstrap, N_RESAMPLES), rng),
    )
    steps: dict[str, Callable[[], list]] = {
        "distances": lambda: _distance_rows(samples, weights),
        "validation": lambda: _validation_rows(generated, floor, validation),
        "validity": lambda: _validity_rows(*samples),
        "correlations": lambda: _correlation_rows(samples, weights),
        "masks": lambda: _mask_rows(*samples, mask_probabilities, masks_drawn_from),
        "peaks": lambda: _peak_rows(*samples, _seed(seed, "peaks")),
        "classifier": lambda: _classifiers(samples, classifier_events, _seed(seed, "classifier")),
        "features": lambda: _feature_rows(samples, neighbour_events, _seed(seed, "features")),
    }
    results = {}
    for name, step in (progress := tqdm(steps.items(), unit="step", disable=not show_progress)):
        progress.set_description(name)
        results[name] = step()
    of_classifiers, curves = results.pop("classifier")
    rows = [each for found in [*results.values(), of_classifiers] for each in found]
    return Evaluation(
        table=pd.DataFrame(rows, columns=COLUMNS),
        correlations=correlation.correlation_matrices(generated, truth),
        curves=curves,
    )
