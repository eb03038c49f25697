"""The generated samples of a family of systems as the report on it asks for them: by system, at the best setting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import hypot, nan, sqrt
from typing import Any

import pandas as pd

from deepcollider.metrics.classifiers import CLASSIFIERS, WORST, worse
from deepcollider.metrics.leaderboard import CRITERION, best_settings
from deepcollider.metrics.table import OVERALL, UNTRAINED
from deepcollider.reports.experiment_tables import BATCH, batches_among, compared_batch
from deepcollider.reports.rounding import Number

BACKGROUND, SIGNAL = "ttbar", "stop_02"
"""The processes that the documents generate."""

Correlations = Callable[[str, str, str], pd.DataFrame]
"""(experiment, setting, process) -> both matrices, as metrics.correlation.correlation_matrices has them."""


@dataclass(frozen=True)
class Sample:
    """One generated sample with its numbers and what must be known to compare it with others."""

    experiment: str
    process: str
    setting: str
    entry: Mapping[str, Any]  # of its experiment: see Samples
    numbers: Mapping[tuple[str, str], Mapping[str, Any]]  # (part or feature, metric) -> row of the tidy metrics
    correlations: Correlations | None

    @property
    def name(self) -> str:
        """Experiment and process, as a text names the sample."""
        return f"{self.experiment} on {self.process}"

    @property
    def network(self) -> str:
        """The networks that made it: samples of the same ones differ in their codes alone."""
        return self.entry["networks"].get(self.setting, "")

    @property
    def hyperparameters(self) -> Mapping[str, Any]:
        """Every hyperparameter of its setting."""
        return self.entry["settings"][self.setting]

    def number(self, metric: str, part: str | None = None) -> Number:
        """A metric of an observable (``part``) or of whole events; WORST is that of the worse classifier."""
        if metric == WORST:
            worst = worse({each.metric: self.number(each.metric).value for each in CLASSIFIERS})
            metric = worst.metric if worst else metric
        row = self.numbers.get((part or OVERALL, metric))
        return Number(*(nan if row is None else float(row[what]) for what in ("value", "error", "floor")))

    def excess(self, part: str | None = None) -> Number:
        """WD of an observable or overall, less its floor: what is not due to the samples being finite."""
        wd = self.number("wd", part)
        return Number(wd.value - wd.floor, wd.error, 0.0)

    @property
    def timed_batches(self) -> list[int]:
        """Batch sizes at which generation was timed."""
        return batches_among(metric for _, metric in self.numbers)

    @property
    def batch(self) -> int | None:
        """The batch size whose time stands for its speed."""
        return compared_batch(self.timed_batches)

    @property
    def milliseconds(self) -> Number:
        """Time an event at that batch size."""
        return self.number(f"{BATCH}{self.batch}")

    def _events_with(self, feature: str) -> tuple[float, float]:
        """How many events of generated and of truth have a feature."""
        row = self.numbers.get((feature, "wd"))
        return tuple(nan if row is None else float(row[n]) for n in ("n_generated", "n_truth"))

    def correlation(self, one: str, other: str) -> tuple[Number, Number]:
        """Pearson correlation of two features in the generated events and in truth, with Fisher's standard error.

        The error is (1 - r^2) / sqrt(n - 3), with n the events that have both features. It holds for normal
        variables; for energies with long tails the true one is larger where r is far from 0.
        """
        matrices = self.correlations(self.experiment, self.setting, self.process)
        events = [min(pair) for pair in zip(self._events_with(one), self._events_with(other), strict=True)]
        numbers = []
        for kind, n in zip(("generated", "truth"), events, strict=True):
            r = float(matrices.loc[(kind, one), other])
            numbers.append(Number(r, (1 - r**2) / sqrt(n - 3) if n > 3 else nan, nan))
        return numbers[0], numbers[1]

    def kept_correlation(self, one: str, other: str) -> Number:
        """Correlation of two features in units of that of truth; NaN where truth has none beyond two errors."""
        ours, truth = self.correlation(one, other)
        if not abs(truth.value) > 2 * truth.error:
            return Number(nan, nan, 1.0)
        share = ours.value / truth.value
        return Number(share, hypot(ours.error, share * truth.error) / abs(truth.value), 1.0)


@dataclass(frozen=True)
class Samples:
    """All samples of the systems of a family in a run.

    ``experiments``: name -> ``title``, ``system``, ``starts_from`` (in words), the traits of ``metrics.leaderboard``,
    ``published``, ``settings`` (name -> hyperparameters) and ``networks`` (setting -> name of what it was trained as).
    """

    metrics: pd.DataFrame
    experiments: Mapping[str, Mapping[str, Any]]
    correlations: Correlations | None = None  # not needed, unless a sample is asked for one

    @cached_property
    def _numbers(self) -> dict[tuple[str, ...], dict[tuple[str, str], dict[str, Any]]]:
        found: dict[tuple[str, ...], dict] = {}
        for row in self.metrics[self.metrics["experiment"].isin(list(self.experiments))].to_dict("records"):
            identity = row["experiment"], row["process"], row["setting"]
            found.setdefault(identity, {})[row["part_or_feature"], row["metric"]] = row
        return found

    def sample(self, experiment: str, process: str, setting: str) -> Sample | None:
        """One sample; None if it is not there."""
        numbers = self._numbers.get((experiment, process, setting))
        entry = self.experiments[experiment]
        return Sample(experiment, process, setting, entry, numbers, self.correlations) if numbers else None

    def of(self, system: str, process: str) -> list[Sample]:
        """All samples of a system on a process but the untrained ones, in the order of the settings."""
        found = [
            self.sample(name, process, setting)
            for name, entry in self.experiments.items()
            if entry["system"] == system
            for setting in entry["settings"]
        ]
        return [sample for sample in found if sample is not None]

    def all_best(self) -> list[Sample]:
        """The best sample of every experiment and process, in the order of the experiments."""
        best = best_settings(self.metrics[self.metrics["experiment"].isin(list(self.experiments))])
        order = {name: i for i, name in enumerate(self.experiments)}
        places = sorted(best.index, key=lambda place: order[place[0]])
        return [self.sample(experiment, process, best[experiment, process]) for experiment, process in places]

    def best(self, system: str, process: str) -> Sample | None:
        """The best sample of a system on a process: of smallest WD to validation events; None without one."""
        found = [sample for sample in self.of(system, process) if sample.number(CRITERION)]
        return min(found, key=lambda sample: sample.number(CRITERION).value, default=None)

    def untrained(self, sample: Sample) -> Sample | None:
        """The same with networks that keep their first weights; None if the run has none."""
        return self.sample(sample.experiment, sample.process, UNTRAINED)

    def same_networks(self, sample: Sample, system: str) -> Sample | None:
        """The sample that another system made with the same networks; None without one."""
        found = [each for each in self.of(system, sample.process) if each.network == sample.network]
        return found[0] if found else None
