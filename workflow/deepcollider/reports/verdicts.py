"""Whether the numbers of a run bear out what a document states: comparisons, and the verdict on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

from deepcollider.metrics.two_sample import SIGNIFICANT
from deepcollider.reports.generated_samples import Sample
from deepcollider.reports.judges import NEAR_THE_FLOOR
from deepcollider.reports.published_tables import NOT_IN_RUN
from deepcollider.reports.rounding import Number, plain

REPRODUCED, NOT_REPRODUCED, UNDECIDED = "reproduced", "not reproduced", "undecided"
VERDICTS = (REPRODUCED, NOT_REPRODUCED, UNDECIDED, NOT_IN_RUN)
"""``undecided``: the numbers are there, but a difference that the statement needs is smaller than two of its errors.
``not in this run``: the run lacks a sample or a number."""


@dataclass(frozen=True)
class Finding:
    """A statement of a document, our numbers, and the verdict; ``remark``: why the comparison is not a fair one."""

    claim: str
    source: str
    ours: str
    verdict: str
    remark: str = ""


@dataclass(frozen=True)
class Less:
    """One number that is claimed to be smaller than another; ``text`` has both."""

    smaller: Number
    larger: Number
    text: str

    @property
    def significance(self) -> float:
        """By how many standard errors it is so; NaN where a number is missing or none has an error."""
        errors = [number.error for number in (self.smaller, self.larger) if isfinite(number.error)]
        error = sum(each**2 for each in errors) ** 0.5
        return (self.larger.value - self.smaller.value) / error if error > 0 else nan


def less(what: str, smaller: tuple[str, Number], larger: tuple[str, Number]) -> Less:
    """A comparison of two named numbers of the same quantity."""
    text = f"{what}: {smaller[0]} {smaller[1]}, {larger[0]} {larger[1]}"
    return Less(smaller[1], larger[1], text)


def exactly(value: float) -> Number:
    """A number without error, such as a bound."""
    return Number(value, 0.0, nan)


def _over_floor(sample: Sample, part: str) -> tuple[Number, str]:
    """WD of an observable in units of its floor, and the same in words."""
    wd = sample.number("wd", part)
    ratio = Number(wd.ratio, wd.error / wd.floor if wd.floor > 0 else wd.error, 1.0)
    return ratio, f"WD of {part} in units of its floor: {sample.experiment} {ratio}"


def near_floor(sample: Sample, part: str) -> Less:
    """That the WD of an observable is hardly above its floor: it is distributed as in truth."""
    ratio, text = _over_floor(sample, part)
    return Less(ratio, exactly(NEAR_THE_FLOOR), text)


def off_floor(sample: Sample, part: str) -> Less:
    """That it is not."""
    ratio, text = _over_floor(sample, part)
    return Less(exactly(NEAR_THE_FLOOR), ratio, text)


def fast_enough(sample: Sample, published: float, factor: float) -> Less:
    """That a sample is generated so many times as fast as published, in milliseconds an event."""
    time = sample.milliseconds
    text = f"{time} ms in batches of {sample.batch}, {plain(published / time.value)} times as fast"
    return Less(Number(factor * time.value, factor * time.error, time.floor), exactly(published), text)


def verdict_on(comparisons: Sequence[Less]) -> str:
    """The verdict on a statement that needs all of the comparisons."""
    significances = [comparison.significance for comparison in comparisons]
    if not significances:
        return NOT_IN_RUN
    if any(s <= -SIGNIFICANT for s in significances):
        return NOT_REPRODUCED
    if not all(number for each in comparisons for number in (each.smaller, each.larger)):
        return NOT_IN_RUN
    return REPRODUCED if all(s >= SIGNIFICANT for s in significances) else UNDECIDED


def unfairness(samples: Sequence[Sample]) -> str:
    """What is unlike between samples that are compared with each other."""
    from_truth = [s.experiment for s in samples if s.entry["starts_from_truth"]]
    selecting = [s.experiment for s in samples if s.entry["selection"]]
    texts = []
    if 0 < len(from_truth) < len(samples):
        texts.append(f"unfair: {' and '.join(dict.fromkeys(from_truth))} starts from true events")
    if 0 < len(selecting) < len(samples):
        texts.append(f"{' and '.join(dict.fromkeys(selecting))} is compared with selected truth")
    return "; ".join(texts)


def judged(claim: str, source: str, comparisons: Sequence[Less], samples: Sequence[Sample]) -> Finding:
    """The finding of a statement that needs all of the comparisons, between these samples."""
    ours = "; ".join(comparison.text for comparison in comparisons)
    return Finding(claim, source, ours, verdict_on(comparisons), unfairness(samples))


def not_in_run(claim: str, source: str) -> Finding:
    """The finding of a statement that needs samples which the run has not."""
    return Finding(claim, source, "", NOT_IN_RUN)


def findings_text(findings: Sequence[Finding]) -> str:
    """Findings as a Markdown list."""
    lines = []
    for f in findings:
        numbers = f" Ours: {f.ours}." if f.ours else ""
        remark = f" ({f.remark})" if f.remark else ""
        lines.append(f"- **{f.verdict}**: {f.claim} ({f.source}).{numbers}{remark}")
    return "\n".join(lines)


def in_short(findings: Sequence[Finding]) -> str:
    """How many findings have each verdict, and which, as a Markdown list; what is not in the run is only counted."""
    lines = []
    for verdict in VERDICTS:
        claims = [f.claim for f in findings if f.verdict == verdict]
        named = "" if verdict == NOT_IN_RUN else f": {'; '.join(claims)}"
        lines += [f"- **{verdict}** ({len(claims)}){named}."] if claims else []
    return "\n".join([f"Of {len(findings)} statements:", "", *lines])
