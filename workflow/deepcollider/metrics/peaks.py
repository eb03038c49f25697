"""Do the W and the top stand out as peaks where they should? Only whole events with the right correlations show them.

Candidates are those of :mod:`deepcollider.physics.reconstruction`, one an event, the same way for every sample. Of
each sample and peak, from one histogram of the masses:

* ``peak_contrast``: entries in a fixed window around the peak over the background that is interpolated on a straight
  line from the two sidebands beside it, minus 1. The windows do not follow the sample, so nothing is searched for: 0
  where there is no peak, negative where there is a dip. The straight line misses the curvature of the background: top
  pairs with their jets mixed between events are left with 0.07 and 0.08, so that up to ``CURVATURE`` means nothing.
* ``peak_position`` and ``peak_width`` (GeV): mean and standard deviation of a Gaussian on a background whose logarithm
  is a parabola, fitted to the bins by least squares of the square roots of the counts (Anscombe's transform, which
  makes Poisson errors equal to 1). They are NaN where the sample shows no peak, so that a model without one does not
  seem to have the right position: where the contrast is not above ``CURVATURE`` by ``SIGNIFICANCE`` errors, or the
  fit ends at the border of what is allowed.
* ``peak_contrast_shift``, ``peak_position_shift``, ``peak_width_shift``: absolute difference to truth. That of two
  samples of truth is not 0, but about its error.

The width holds the resolution of the detector, and the position of the top lies below its mass since jets lose energy.
Fewer than ``MIN_CANDIDATES`` candidates: NaN. Errors are the spread over bootstrap resamples of the candidates. Of
simulated top pairs, a thousand candidates have a position in nearly all (W) and nine of ten (top) cases, five
thousand always; with mixed jets about two of a hundred samples have one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from deepcollider.metrics.distances import N_RESAMPLES, standard_error
from deepcollider.physics.events import Events
from deepcollider.physics.reconstruction import hadronic_top

MIN_CANDIDATES = 50
CURVATURE = 0.1
SIGNIFICANCE = 2.0
METRICS = ("peak_contrast", "peak_position", "peak_width")


@dataclass(frozen=True)
class Peak:
    """Where a peak is looked for (GeV). The bins of the fit, of equal width, make up window and sidebands exactly."""

    spectrum: str  # name in physics.reconstruction
    fit_range: tuple[float, float]
    n_bins: int
    window: tuple[float, float]
    sideband: float  # width of each sideband; they follow the window on both sides
    positions: tuple[float, float]  # allowed in the fit
    widths: tuple[float, float]

    @property
    def edges(self) -> np.ndarray:
        return np.linspace(*self.fit_range, self.n_bins + 1)

    @property
    def centres(self) -> np.ndarray:
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def middle(self) -> float:
        return sum(self.window) / 2

    @property
    def half_window(self) -> float:
        return (self.window[1] - self.window[0]) / 2


PEAKS = {
    "w_candidate": Peak("w_mass", (40.0, 120.0), 32, (67.5, 92.5), 20.0, (60.0, 100.0), (2.0, 20.0)),
    "top_candidate": Peak("top_mass", (110.0, 240.0), 26, (140.0, 190.0), 25.0, (140.0, 205.0), (4.0, 40.0)),
}
"""Parts of the table of metrics."""


def contrast(counts: np.ndarray, peak: Peak) -> float:
    """Counts (n_bins,) in the window over the background from the sidebands, minus 1; NaN for empty sidebands."""
    distance = np.abs(peak.centres - peak.middle)
    inside = distance < peak.half_window
    beside = ~inside & (distance < peak.half_window + peak.sideband)
    background = counts[beside].sum() * peak.half_window / peak.sideband
    return float(counts[inside].sum() / background - 1) if background else np.nan


_N_BACKGROUND = 3  # coefficients of a parabola


class _Shape:
    """Expected counts: exp(parabola) (1 + height Gaussian); parameters are 3 coefficients, height, position, width."""

    def __init__(self, counts: np.ndarray, peak: Peak):
        self.root_counts = np.sqrt(counts + 0.375)
        self.centres = peak.centres
        scaled = np.linspace(-1, 1, peak.n_bins)
        self.basis = np.polynomial.legendre.legvander(scaled, _N_BACKGROUND - 1)  # (n_bins, 3)

    def residuals(self, parameters: np.ndarray) -> np.ndarray:
        return 2 * (np.sqrt(self._expected(parameters)[0] + 0.375) - self.root_counts)

    def jacobian(self, parameters: np.ndarray) -> np.ndarray:
        expected, derivatives = self._expected(parameters)
        return derivatives / np.sqrt(expected + 0.375)[:, None]

    def _expected(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Expected counts (n_bins,) and their derivatives (n_bins, 6)."""
        background = np.exp(self.basis @ parameters[:_N_BACKGROUND])
        height, position, width = parameters[_N_BACKGROUND:]
        z = (self.centres - position) / width
        gaussian = np.exp(-(z**2) / 2)
        expected = background * (1 + height * gaussian)
        by_height = background * gaussian
        by_position = height * by_height * z / width
        columns = (expected[:, None] * self.basis, by_height, by_position, by_position * z)
        return expected, np.column_stack(columns)


def fit(counts: np.ndarray, peak: Peak) -> tuple[float, float, bool]:
    """Position and width (GeV) of the peak in counts (n_bins,), and whether they lie inside what is allowed."""
    shape = _Shape(counts, peak)
    start = [np.log(max(counts.mean(), 1.0)), 0.0, 0.0, 1.0, peak.middle, peak.half_window / 2]
    allowed = [(-np.inf, np.inf)] * _N_BACKGROUND + [(0.0, np.inf), peak.positions, peak.widths]
    found = least_squares(shape.residuals, start, shape.jacobian, np.transpose(allowed), x_scale="jac")
    position, width = found.x[-2:]
    return float(position), float(width), not found.active_mask.any()


def _with_error(values: Sequence[float]) -> tuple[float, float]:
    """The first of the values, and the spread of the others."""
    return values[0], standard_error(np.array(values[1:]))


def measure(
    masses: np.ndarray, peak: Peak, rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> dict[str, tuple[float, float]]:
    """Value and error of each of METRICS from the masses (n,) (GeV) of candidates."""
    if len(masses) < MIN_CANDIDATES:
        return dict.fromkeys(METRICS, (np.nan, np.nan))
    counts = np.histogram(masses, peak.edges)[0]
    # candidates resampled with replacement: what falls outside the fit's range is one more bin
    shares = np.append(counts, len(masses) - counts.sum()) / len(masses)
    resamples = rng.multinomial(len(masses), shares, size=n_resamples)[:, :-1]
    found = {"peak_contrast": _with_error([contrast(each, peak) for each in (counts, *resamples)])}
    value, error = found["peak_contrast"]
    position, width = (np.nan, np.nan), (np.nan, np.nan)
    if value > CURVATURE + SIGNIFICANCE * error:
        positions, widths, inside = zip(*(fit(each, peak) for each in (counts, *resamples)), strict=True)
        if inside[0]:
            position, width = _with_error(positions), _with_error(widths)
    return found | {"peak_position": position, "peak_width": width}


def peak_metrics(
    generated: Events, truth: Events, rng: np.random.Generator, n_resamples: int = N_RESAMPLES
) -> dict[tuple[str, str], tuple[float, float]]:
    """Value and error by (part, metric): METRICS of the generated events, and each with ``_shift`` from truth."""
    (has, own), (has_true, true) = (hadronic_top(events) for events in (generated, truth))
    found = {}
    for part, peak in PEAKS.items():
        of_generated = measure(own[peak.spectrum][has], peak, rng, n_resamples)
        of_truth = measure(true[peak.spectrum][has_true], peak, rng, n_resamples)
        for metric, (value, error) in of_generated.items():
            true_value, true_error = of_truth[metric]
            found[part, metric] = value, error
            found[part, f"{metric}_shift"] = abs(value - true_value), float(np.hypot(error, true_error))
    return found
