"""Frechet and kernel physics distances of events' features (Kansal et al. 2022, arXiv:2211.10295), as JetNet defines.

``truth`` (N, D) and ``generated`` (M, D) are features without gaps. As there, each feature is divided by its largest
absolute value in truth. Where both samples have ``LARGEST`` events or more, which is what JetNet recommends, values
are JetNet's, to the seeds. It would draw batches larger than smaller samples, with many events twice; here the batches
shrink with n, the size of the smaller sample, in the proportions that they have at ``LARGEST``, and no event is drawn
twice:

* FPD: 10 sizes, in even steps of 1 / size, from 2 n / 5 to n (JetNet: from 20 000 to 50 000); 20 batches of each.
* KPD: 10 batches of n / 10 (JetNet: of 5 000), together each event once.

Both are squares of distances, without dimension. For samples of the same distribution, KPD scatters about zero and FPD
is zero within its error; from ``LARGEST`` on, where JetNet draws events more than once, the extrapolation leaves FPD
about as large as the plain Frechet distance of the samples, which falls as 1 / N. So compare with the floor by
difference, not by ratio.
"""

from collections.abc import Iterator

import numpy as np
from scipy import linalg
from scipy.optimize import nnls
from scipy.stats import iqr

from deepcollider.metrics.observables import MIN_VALUES

LARGEST, SMALLEST = 50_000, 20_000
"""Sizes of the largest and the smallest batch of FPD."""

N_SIZES, BATCHES_PER_SIZE = 10, 20
N_KERNEL_BATCHES = 10
QUANTILES = (16.275, 83.725)
"""Between which KPD's batches are taken to lie: JetNet's percentages."""

N_BLOCKS = 20
"""Of the jackknife."""

ROWS = 500
"""Events at a time in the large products: keeps them small enough for the caches."""

Moments = tuple[np.ndarray, np.ndarray]  # mean (D,), covariance (D, D)


def _normalised(truth: np.ndarray, generated: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 in units of the largest absolute value of each feature in truth."""
    largest = np.abs(truth).max(axis=0)
    largest[largest == 0] = 1
    return truth / largest, generated / largest


def _comparable(truth: np.ndarray, generated: np.ndarray) -> bool:
    """Whether there are enough events. Values that are no numbers are refused."""
    if not (np.isfinite(truth).all() and np.isfinite(generated).all()):
        raise ValueError("features have infinite or missing values: fill them first")
    return min(len(truth), len(generated)) >= MIN_VALUES


def frechet_distance(a: Moments, b: Moments) -> float:
    """Squared Frechet (2-Wasserstein) distance of two normal distributions (Dowson and Landau 1982)."""
    (mean_a, covariance_a), (mean_b, covariance_b) = a, b
    values, vectors = linalg.eigh(covariance_a)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    # the eigenvalues of A B are those of sqrt(A) B sqrt(A), which is symmetric: no root of a general matrix is needed
    overlap = np.sqrt(np.maximum(linalg.eigvalsh(root @ covariance_b @ root), 0)).sum()
    shift = mean_a - mean_b
    return float(shift @ shift + np.trace(covariance_a) + np.trace(covariance_b) - 2 * overlap)


def _sums(sample: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """Number of events, sum (D,) and sum of products (D, D)."""
    return len(sample), sample.sum(axis=0), sample.T @ sample


def _moments(n: int, total: np.ndarray, products: np.ndarray) -> Moments:
    """Mean and unbiased covariance from :func:`_sums`."""
    mean = total / n
    return mean, (products - n * np.outer(mean, mean)) / (n - 1)


def _draw(n_events: int, size: int, rng: np.random.Generator, replace: bool) -> np.ndarray:
    """How often each event is in a batch."""
    return np.bincount(rng.choice(n_events, size, replace=replace), minlength=n_events).astype(np.uint8)


def _moments_of_batches(sample: np.ndarray, drawn: np.ndarray) -> list[Moments]:
    """Moments of the batches that hold each event as often as ``drawn`` (B, N) says: one matrix product for all."""
    n_features = sample.shape[1]
    total = np.zeros((len(drawn), n_features))
    products = np.zeros((len(drawn), n_features**2))
    for start in range(0, len(sample), ROWS):
        rows = sample[start : start + ROWS]
        counts = drawn[:, start : start + ROWS].astype(np.float64)
        total += counts @ rows
        products += counts @ (rows[:, :, None] * rows[:, None, :]).reshape(len(rows), -1)
    products = products.reshape(-1, n_features, n_features)
    return [_moments(*sums) for sums in zip(drawn.sum(axis=1, dtype=int), total, products, strict=True)]


def _values_of_batches(samples: tuple[np.ndarray, np.ndarray], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of the batches (N_SIZES,), and the mean Frechet distance of those of each size."""
    n = min(*(len(sample) for sample in samples), LARGEST)
    sizes = (1 / np.linspace(LARGEST / SMALLEST / n, 1 / n, N_SIZES)).astype(int)
    rng = np.random.default_rng(seed)
    drawn = [
        [_draw(len(sample), size, rng, replace=n == LARGEST) for sample in samples]
        for size in np.repeat(sizes, BATCHES_PER_SIZE)
    ]
    moments = [
        _moments_of_batches(sample, np.array(each))
        for sample, each in zip(samples, zip(*drawn, strict=True), strict=True)
    ]
    values = [frechet_distance(*pair) for pair in zip(*moments, strict=True)]
    return sizes, np.reshape(values, (N_SIZES, BATCHES_PER_SIZE)).mean(axis=1)


def _extrapolated(sizes: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Value at infinite size, and its error, of a line in 1 / size through the values; no coefficient below zero.

    The exact least squares, which JetNet's iterative fit approaches to a fraction of the error.
    """
    design = np.column_stack([np.ones(len(sizes)), 1 / sizes])
    (value, _), distance = nnls(design, values)
    variance = distance**2 / (len(sizes) - 2) * linalg.inv(design.T @ design)[0, 0]
    return float(value), float(np.sqrt(variance))


def _without_each_block(sample: np.ndarray) -> Iterator[Moments]:
    """Moments of the sample when it lacks one of N_BLOCKS disjoint blocks."""
    blocks = [_sums(rows) for rows in np.array_split(sample, N_BLOCKS)]
    whole = [sum(parts) for parts in zip(*blocks, strict=True)]
    for block in blocks:
        yield _moments(*(total - part for total, part in zip(whole, block, strict=True)))


def _sampling_error(truth: np.ndarray, generated: np.ndarray) -> float:
    """Standard error of the Frechet distance from the finite samples: delete-a-block jackknife of both."""
    variance = 0.0
    for sample, other in ((truth, generated), (generated, truth)):
        fixed = _moments(*_sums(other))
        values = [frechet_distance(moments, fixed) for moments in _without_each_block(sample)]
        variance += (N_BLOCKS - 1) * np.var(values)
    return float(np.sqrt(variance))


def frechet_physics_distance(truth: np.ndarray, generated: np.ndarray, *, seed: int = 42) -> tuple[float, float]:
    """FPD and its error: Frechet distance of normal distributions with the moments of the features, at infinite size.

    For finite samples that distance is too large by a term in 1 / size: a line in it through the means of batches of
    growing size is extrapolated. JetNet gives the error of this fit, which knows the scatter of the batches but not
    that of the samples which they are drawn from; here the jackknife's error of the latter is added in quadrature.
    """
    if not _comparable(truth, generated):
        return np.nan, np.nan
    truth, generated = _normalised(truth, generated)
    centre = truth.mean(axis=0)  # the distance does not change, and sums of squares keep their digits
    samples = truth - centre, generated - centre
    value, fit_error = _extrapolated(*_values_of_batches(samples, seed))
    return value, float(np.hypot(fit_error, _sampling_error(*samples)))


def _with_constant(sample: np.ndarray) -> np.ndarray:
    """Rows whose scalar products are x . y / D + 1."""
    return np.column_stack([sample / np.sqrt(sample.shape[1]), np.ones(len(sample))])


def _kernel_sum(a: np.ndarray, b: np.ndarray) -> float:
    """Sum of the kernel (x . y / D + 1)^4 over all pairs of the rows of :func:`_with_constant`."""
    total = 0.0
    for start in range(0, len(a), ROWS):
        squares = a[start : start + ROWS] @ b.T
        squares *= squares
        total += np.vdot(squares, squares)
    return float(total)


def squared_mmd(a: np.ndarray, b: np.ndarray) -> float:
    """Unbiased estimate of the squared maximum mean discrepancy of samples (m, D) and (n, D), quartic kernel."""
    rows = _with_constant(a), _with_constant(b)
    within = 0.0
    for each in rows:
        itself = np.sum(np.sum(each * each, axis=1) ** 4)
        within += (_kernel_sum(each, each) - itself) / (len(each) * (len(each) - 1))
    return within - 2 * _kernel_sum(*rows) / (len(a) * len(b))


def _kernel_batches(samples: tuple[np.ndarray, np.ndarray], seed: int) -> Iterator[list[np.ndarray]]:
    """Pairs of batches (size, D)."""
    n = min(*(len(sample) for sample in samples), LARGEST)
    size = n // N_KERNEL_BATCHES
    if n == LARGEST:
        for batch in range(N_KERNEL_BATCHES):
            rng = np.random.default_rng(seed + 1000 * batch)  # as JetNet's
            yield [sample[rng.choice(len(sample), size)] for sample in samples]
        return
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(len(sample)) for sample in samples]
    for start in range(0, size * N_KERNEL_BATCHES, size):
        yield [sample[order[start : start + size]] for sample, order in zip(samples, orders, strict=True)]


def kernel_physics_distance(truth: np.ndarray, generated: np.ndarray, *, seed: int = 42) -> tuple[float, float]:
    """KPD and its error: median of the squared MMD over batches, and half the width that holds 68 % of them.

    The error is that of one batch; the median's own is about 2.5 times smaller.
    """
    if not _comparable(truth, generated):
        return np.nan, np.nan
    values = [squared_mmd(*batch) for batch in _kernel_batches(_normalised(truth, generated), seed)]
    return float(np.median(values)), float(iqr(values, rng=QUANTILES) / 2)
