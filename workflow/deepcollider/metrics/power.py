"""How small a fault the classifiers would find, with the events there are: shifts planted in truth.

Events of one sample of truth (that stands for generated ones) are shifted and tested against another. A shift of size s
changes, one at a time,

* ``jets``: energies and pt of all jets and b-jets, to 1 - s of themselves; MET follows, and what falls below a cut is
  lost;
* ``met``: MET, to 1 + s of itself;
* ``balance``: the vector sum of MET and all objects, to 1 + s of itself, by changing MET alone.

A difference counts as found where the AUC lies ``SIGNIFICANT`` of its standard errors above one half. For that to
happen with probability ``POWER`` the AUC has to be larger by so many more errors on average; on average means less what
the same events have without a shift. Sizes are doubled or halved from ``FIRST`` on until one is found and half of it
is not, between SMALLEST and LARGEST; in between, the logarithm of the size is interpolated. Each size is tested once:
good to about a third.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from deepcollider.metrics.classifiers import CLASSIFIERS
from deepcollider.metrics.two_sample import SIGNIFICANT, TwoSampleTest, two_sample_test
from deepcollider.physics.acceptance import has_trigger, in_acceptance
from deepcollider.physics.events import Events, sort_objects
from deepcollider.physics.kinds import JET_CODES

POWER = 0.95
NEEDED = SIGNIFICANT + float(stats.norm.ppf(POWER))
"""Standard errors by which the AUC has to rise."""

FIRST, SMALLEST, LARGEST = 0.08, 0.00125, 0.64

COLUMNS = ["classifier", "shift", "size", "auc", "rise", "error", "n"]


def _with_met(events: Events, x: np.ndarray, y: np.ndarray) -> Events:
    """Return the same objects with another MET (GeV)."""
    headers = events.events.copy()
    headers["met"], headers["met_phi"] = np.hypot(x, y), np.arctan2(y, x)
    return Events(headers, events.objects)


def _met(events: Events) -> tuple[np.ndarray, np.ndarray]:
    met, phi = (events.events[name].astype(np.float64) for name in ("met", "met_phi"))
    return met * np.cos(phi), met * np.sin(phi)


def _sum_pt(objects: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vector sum (N,) of the pt of chosen objects."""
    pt, phi = (objects[name].astype(np.float64) for name in ("pt", "phi"))
    return (chosen * pt * np.cos(phi)).sum(axis=1), (chosen * pt * np.sin(phi)).sum(axis=1)


def softer_jets(events: Events, size: float) -> Events:
    """Events whose jets have lost a share ``size``; those that no object triggers any more are left out."""
    objects = events.objects.copy()
    is_jet = np.isin(objects["kind"], JET_CODES)
    lost = (size * each for each in _sum_pt(objects, is_jet))
    events = _with_met(events, *(of_met + of_jets for of_met, of_jets in zip(_met(events), lost, strict=True)))
    for name in ("energy", "pt"):
        objects[name] = np.where(is_jet, (1 - size) * objects[name], objects[name])
    objects[objects["valid"] & ~in_acceptance(objects)] = np.zeros((), objects.dtype)
    headers = events.events.copy()
    headers["n_objects"] = objects["valid"].sum(axis=1)
    return Events(headers, sort_objects(objects)).take(has_trigger(objects))


def larger_met(events: Events, size: float) -> Events:
    """Events whose MET is larger by a share ``size``."""
    return _with_met(events, *((1 + size) * each for each in _met(events)))


def larger_balance(events: Events, size: float) -> Events:
    """Events whose balance is larger by a share ``size``; the objects stay."""
    visible = _sum_pt(events.objects, events.objects["valid"])
    x, y = (met + size * (met + seen) for met, seen in zip(_met(events), visible, strict=True))
    return _with_met(events, x, y)


SHIFTS: dict[str, Callable[[Events, float], Events]] = {
    "jets": softer_jets,
    "met": larger_met,
    "balance": larger_balance,
}


Test = Callable[[Events], TwoSampleTest]
"""A classifier against truth."""


def _ladder(test_of: Test, unshifted: float, shift: str, stand_in: Events) -> list[tuple]:
    """Rows (COLUMNS from the shift on) of the sizes that are tested; ``unshifted`` is the AUC without a shift."""
    rows: dict[float, tuple] = {}

    def found(size: float) -> bool:
        test = test_of(SHIFTS[shift](stand_in, size))
        rows[size] = (shift, size, test.auc, test.auc - unshifted, test.error, test.n)
        return test.auc - unshifted >= NEEDED * test.error

    size = FIRST
    if found(size):
        while size / 2 >= SMALLEST and found(size / 2):
            size /= 2
    else:
        while 2 * size <= LARGEST and not found(2 * size):
            size *= 2
    return [rows[each] for each in sorted(rows)]


def power_table(stand_in: Events, truth: Events, *, max_events: int, seed: int) -> pd.DataFrame:
    """The sizes that were tested, COLUMNS: AUC, how far it rises above that without a shift, its error, events a side.

    ``stand_in`` are true events in the place of generated ones, as many as of these there are. Rows are sorted by
    classifier, shift and size.
    """
    rows = []
    for classifier in CLASSIFIERS:
        of_truth = classifier.features(truth)

        def test_of(events: Events, features=classifier.features, of_truth=of_truth) -> TwoSampleTest:
            return two_sample_test(features(events), of_truth, max_events=max_events, seed=seed)

        unshifted = test_of(stand_in).auc
        rows += [(classifier.metric, *row) for shift in SHIFTS for row in _ladder(test_of, unshifted, shift, stand_in)]
    return pd.DataFrame(rows, columns=COLUMNS)


def smallest_shifts(table: pd.DataFrame) -> dict[str, float]:
    """Smallest size by shift that the better classifier for it finds with probability POWER; NaN where none does."""
    return {
        shift: min(filter(np.isfinite, (_smallest(rows) for _, rows in of_shift.groupby("classifier"))), default=np.nan)
        for shift, of_shift in table.groupby("shift", sort=False)
    }


def _smallest(ladder: pd.DataFrame) -> float:
    """Size at which the rise of the AUC reaches NEEDED errors, interpolated; the smallest tested if all are found."""
    ladder = ladder.sort_values("size")
    sizes, rises = np.log(ladder["size"].to_numpy(float)), (ladder["rise"] / ladder["error"]).to_numpy(float)
    found = np.flatnonzero(rises >= NEEDED)
    if not len(found):
        return float("nan")
    first = found[0]
    if first == 0:
        return float(np.exp(sizes[0]))
    share = (NEEDED - rises[first - 1]) / (rises[first] - rises[first - 1])
    return float(np.exp(sizes[first - 1] + share * (sizes[first] - sizes[first - 1])))
