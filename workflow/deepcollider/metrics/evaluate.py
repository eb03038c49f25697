"""All metrics of a generated sample against truth as one tidy table.

Columns: part_or_feature, metric, value, error, floor, n_generated, n_truth. ``floor`` is the same metric of
an independent sample of truth, as large as the generated one, in the place of the generated events: a model
cannot be seen to do better. The n columns count what entered the value: values of the observable, events, or
objects.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from deepcollider.metrics import correlation, mask_test
from deepcollider.metrics.distances import (
    METRICS,
    N_RESAMPLES,
    compare,
    compare_resampled,
    resample_weights,
    standard_error,
)
from deepcollider.metrics.observables import GROUPS, group_values, of_group
from deepcollider.metrics.overall import kind_weights, overall
from deepcollider.metrics.validity import OVERALL, validity_rates
from deepcollider.physics.events import Events

COLUMNS = ["part_or_feature", "metric", "value", "error", "floor", "n_generated", "n_truth"]


def _row(part, metric, value, error=np.nan, floor=np.nan, n_generated=0, n_truth=0) -> dict:
    return dict(zip(COLUMNS, (part, metric, value, error, floor, n_generated, n_truth), strict=True))


def _compare_group(samples: list[Events], weights: list[np.ndarray], group: str) -> Iterator[tuple]:
    """Per observable of a group: name, sizes of the samples, and by metric value, resampled values, floor."""
    has, values = zip(*(group_values(sample, group) for sample in samples), strict=True)
    of_object = [weights[0][:, has[0]], weights[1][:, has[1]]]
    for observable in of_group(group):
        generated, truth, floor = (each[observable.name] for each in values)
        resampled = compare_resampled(generated, of_object[0], truth, of_object[1], observable)
        yield (
            observable.name,
            (len(generated), len(truth)),
            compare(generated, truth, observable),
            resampled,
            compare(floor, truth, observable),
        )


def _distance_rows(samples: list[Events], weights: list[np.ndarray]) -> list[dict]:
    """Distances of every observable and their overall values."""
    rows, by_name = [], {"value": {}, "resampled": {}, "floor": {}}
    for group in GROUPS:
        for name, sizes, value, resampled, floor in _compare_group(samples, weights, group):
            for kept, new in zip(by_name.values(), (value, resampled, floor), strict=True):
                kept[name] = new
            rows += [_row(name, m, value[m], standard_error(resampled[m]), floor[m], *sizes) for m in METRICS]
    by_kind = kind_weights(samples[1])
    sizes = len(samples[0]), len(samples[1])
    for metric in METRICS:
        (value, covered), (resampled, _), (floor, floor_covered) = (
            overall({name: each[metric] for name, each in kept.items()}, by_kind) for kept in by_name.values()
        )
        rows.append(_row(OVERALL, metric, float(value), standard_error(resampled), float(floor), *sizes))
    return [*rows, _row(OVERALL, "overall_coverage", covered, np.nan, floor_covered, *sizes)]


def _validity_rows(generated: Events, truth: Events, floor: Events) -> list[dict]:
    own, of_truth, of_floor = (validity_rates(each) for each in (generated, truth, floor))
    return [
        _row(*key, each.percent, each.error, of_floor[key].percent, each.n, of_truth[key].n)
        for key, each in own.items()
    ]


def _correlation_rows(samples: list[Events], weights: list[np.ndarray]) -> list[dict]:
    matrices = [correlation.correlation_matrix(sample) for sample in samples]
    own = correlation.correlation_distance(matrices[0], matrices[1])
    floor = correlation.correlation_distance(matrices[2], matrices[1])
    resampled = correlation.correlation_distance_resampled(samples[0], weights[0], samples[1], weights[1])
    sizes = len(samples[0]), len(samples[1])
    return [_row(OVERALL, m, own[m], standard_error(resampled[m]), floor[m], *sizes) for m in own]


def _chi2_rows(prefix: str, test: mask_test.Chi2, floor: mask_test.Chi2 | None, sizes) -> list[dict]:
    fields = {"chi2": "chi2", "chi2_ndof": "ndof", "p_value": "p_value"}
    return [
        _row(OVERALL, f"{prefix}_{name}", getattr(test, field), np.nan, getattr(floor, field, np.nan), *sizes)
        for name, field in fields.items()
    ]


def _mask_rows(generated: Events, truth: Events, floor: Events, probabilities, drawn_from) -> list[dict]:
    """Two-sample test against truth, with its floor; and against the model's probabilities if known."""
    own, of_truth, of_floor = (mask_test.mask_counts(each) for each in (generated, truth, floor))
    sizes = len(generated), len(truth)
    two_sample, floor_test = (
        mask_test.compare_masks(own, of_truth, drawn_from),
        mask_test.compare_masks(of_floor, of_truth),
    )
    rows = _chi2_rows("mask", two_sample, floor_test, sizes)
    if probabilities is not None:
        test = mask_test.compare_with_probabilities(own, probabilities)
        rows += _chi2_rows("mask_model", test, None, (len(generated), 0))
    return rows


def evaluate(
    generated: Events,
    truth: Events,
    floor: Events,
    *,
    mask_probabilities: Mapping[tuple[int, ...], float] | None = None,
    masks_drawn_from: int | None = None,
    n_bootstrap: int = N_RESAMPLES,
    seed: int = 0,
) -> pd.DataFrame:
    """Every metric of ``generated`` against ``truth``.

    ``floor`` is truth of the same size as ``generated``, disjoint from ``truth``. ``mask_probabilities``, by mask in
    the order of KINDS, are those that a statistical mask generator drew from, with frequencies of
    ``masks_drawn_from`` training events: they add the rows ``mask_model_*``. Errors come from ``n_bootstrap``
    resamples of both samples' events, or are binomial for rates.
    """
    if not len(generated) or not len(truth):
        raise ValueError(f"{len(generated)} generated and {len(truth)} truth events: nothing to compare")
    rng = np.random.default_rng(seed)
    samples = [generated, truth, floor]
    weights = [resample_weights(len(sample), n_bootstrap, rng) for sample in (generated, truth)]
    rows = [
        *_distance_rows(samples, weights),
        *_validity_rows(*samples),
        *_correlation_rows(samples, weights),
        *_mask_rows(*samples, mask_probabilities, masks_drawn_from),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)
