"""What the documents say about alpha and beta, where the grid of a run has several values of them."""

from math import hypot

from deepcollider.metrics.leaderboard import CRITERION
from deepcollider.reports.generated_samples import BACKGROUND, Sample, Samples
from deepcollider.reports.rounding import Number
from deepcollider.reports.vae_systems import ONE, THREE, TWO, ZERO
from deepcollider.reports.verdicts import Finding, Less, exactly, judged, less, not_in_run

SMALL_SPREAD = 1.5
"""Largest over smallest WD of a grid up to which its parameter is said to matter little (thesis: 1.1 for alpha)."""

FALLS = (
    # system, metric, observable (None: whole events), statement, section
    (TWO, "wd", None, "Experiment II: WD falls with beta", "thesis 7.5.4, table 7.3"),
    (TWO, "ier", None, "Experiment II: IER falls with beta", "thesis 7.5.4, table 7.3"),
    (TWO, "wd", "met", "Experiment II: MET gets better with beta", "thesis 7.5.4"),
    (TWO, "wd", "met_phi", "Experiment II: phi of MET gets better with beta", "thesis 7.5.4"),
    (THREE, "wd", "met", "Experiment III: MET gets better with beta", "thesis 7.6.3"),
    (THREE, "wd", "jet1_pt", "Experiment III: pt of the first jet gets better with beta", "thesis 7.6.3"),
)

BEST = (
    # system, parameter, value, experiment, section
    (ZERO, "alpha", 0.2, "0", "thesis 7.3.3"),
    (ONE, "alpha", 0.3, "I", "thesis 7.4.3, table 7.2"),
    (TWO, "beta", 1.5, "II", "thesis 7.5.4, table 7.3"),
    (THREE, "beta", 1.5, "III", "thesis 7.6.3, table 7.4"),
    ("beta-vae-split", "beta", 0.001, "II of the slides", "slides 4.4"),
)

SMALL = (
    (ONE, "alpha", "Experiment I: alpha matters little", "thesis 7.4.3, table 7.2"),
    (THREE, "beta", "Experiment III: beta matters little", "thesis 7.6.3, table 7.4"),
)


def by_value(samples: Samples, system: str, parameter: str) -> dict[float, Sample]:
    """The best sample of each value of a hyperparameter, the smallest value first."""
    found: dict[float, Sample] = {}
    for sample in samples.of(system, BACKGROUND):
        value = sample.hyperparameters[parameter]
        criterion = sample.number(CRITERION).value
        if value not in found or criterion < found[value].number(CRITERION).value:
            found[value] = sample
    return dict(sorted(found.items()))


def _number(sample: Sample, metric: str, part: str | None) -> Number:
    return sample.excess(part) if metric == "wd" else sample.number(metric, part)


def falls(samples: Samples, system: str, metric: str, part: str | None, claim: str, section: str) -> Finding:
    """Whether a number is smaller at the largest beta of the grid than at the smallest."""
    grid = by_value(samples, system, "beta")
    if len(grid) < 2:
        return not_in_run(claim, section)
    ends = [(f"beta {value}", _number(grid[value], metric, part)) for value in (max(grid), min(grid))]
    return judged(claim, section, [less(metric.upper() if part is None else f"WD of {part}", *ends)], [])


def best_at(samples: Samples, system: str, parameter: str, value: float, number: str, section: str) -> Finding:
    """Whether the WD at a value of the grid is smaller than at each other one."""
    claim = f"Experiment {number} is best at {parameter} {value:g}"
    grid = by_value(samples, system, parameter)
    if value not in grid or len(grid) < 2:
        return not_in_run(claim, section)
    others = {f"{parameter} {other}": sample.excess() for other, sample in grid.items() if other != value}
    best = f"{parameter} {value}", grid[value].excess()
    return judged(claim, section, [less("WD", best, other) for other in others.items()], [])


def matters_little(samples: Samples, system: str, parameter: str, claim: str, section: str) -> Finding:
    """Whether the largest WD of a grid is less than SMALL_SPREAD times the smallest; floors included, as there."""
    numbers = {value: sample.number("wd") for value, sample in by_value(samples, system, parameter).items()}
    if len(numbers) < 2 or not all(numbers.values()):
        return not_in_run(claim, section)
    low, high = (end(numbers, key=lambda value: numbers[value].value) for end in (min, max))
    small, large = numbers[low], numbers[high]
    ratio = large.value / small.value
    spread = Number(ratio, ratio * hypot(large.error / large.value, small.error / small.value), 1.0)
    text = f"WD at {parameter} {high} over that at {low}: {spread}"
    return judged(claim, section, [Less(spread, exactly(SMALL_SPREAD), text)], [])


def grids(samples: Samples) -> list[Finding]:
    """All findings on alpha and beta."""
    return [
        *(falls(samples, *each) for each in FALLS),
        *(best_at(samples, *each) for each in BEST),
        *(matters_little(samples, *each) for each in SMALL),
    ]
