"""Which published figures and tables a run has, by which files, and what the others lack.

Nothing is looked up on disk: what a run makes is asked of the workflow, and the rule that writes the index has all of
it among its inputs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from deepcollider.reports.published_figures import Key, Mapped, PublishedFigure, Values, placeholders

MADE, FEWER, PARTLY = "made", "made with fewer settings than published", "partly"
NOT_IN_RUN, NO_RULE = "not in this run", "no rule"
STATUSES = (MADE, FEWER, PARTLY, NOT_IN_RUN, NO_RULE)
COLUMNS = ("document", "id", "kind", "content", "status", "ours", "experiment", "reason", "remedy")
SEPARATOR = ";"
"""Between the files and the experiments of one figure."""

Point = dict[str, float]
"""Hyperparameter -> its value."""

Remedy = Callable[[Sequence[str], Sequence[str], Sequence[str], Mapping[str, Values]], str]
"""(systems, processes, samples, settings) -> what to configure: see
:meth:`deepcollider.reports.remedies.Remedies.yaml`."""


def experiment_facts(experiment: Any) -> dict[str, Any]:
    """Return what the index must know of an experiment (:class:`deepcollider.experiment.Experiment`), in plain data."""
    entry = experiment.entry
    return {
        "system": experiment.system,
        "processes": experiment.processes,
        "settings": {setting: experiment.all_hyperparameters(setting) for setting in experiment.settings},
        "grid": entry["grid"],
        "hyperparameters": entry.get("hyperparameters", {}),
        "networks_of": entry.get("networks_of"),
        "fine_tunes": entry["fine_tunes"]["experiment"] if "fine_tunes" in entry else None,
    }


@dataclass(frozen=True)
class Run:
    """What a configuration makes, in plain data."""

    experiments: Mapping[str, Mapping[str, Any]]  # name -> see experiment_facts
    samples: frozenset[str]  # ids of the configured processes and n-tuples
    groups: Mapping[str, tuple[str, ...]]  # see published_figures.sample_groups
    makes: Callable[[str], bool]  # whether a rule makes the file of this path

    def experiments_of(self, system: str, processes: tuple[str, ...]) -> list[str]:
        """Experiments of a system that have all of the processes."""
        return [
            name
            for name, entry in self.experiments.items()
            if entry["system"] == system and set(processes) <= set(entry["processes"])
        ]

    def has_sample(self, name: str) -> bool:
        """Whether a sample of this id or group is configured."""
        return not self.samples.isdisjoint(self.groups[name])

    def lacking_settings(self, system: str, processes: tuple[str, ...], published: Values) -> list[Point]:
        """Points of the published grid that no experiment of a system has a setting of."""
        ours = [point for name in self.experiments_of(system, processes) for point in self._settings(name)]
        points = (dict(zip(published, values, strict=True)) for values in product(*published.values()))
        return [wanted for wanted in points if not any(wanted.items() <= point.items() for point in ours)]

    def _settings(self, experiment: str) -> Iterable[Mapping[str, Any]]:
        return self.experiments[experiment]["settings"].values()


def figure_index(
    published: Mapping[Key, PublishedFigure], mapping: Mapping[Key, Mapped], run: Run, remedy: Remedy
) -> list[dict[str, str]]:
    """One entry of COLUMNS for each published figure, in their order.

    ``made``: the run has all that the figure shows. ``made with fewer settings than published``: all but some values of
    hyperparameters. ``partly``: some of it. ``not in this run``: nothing, since the run lacks samples or an experiment.
    ``no rule``: nothing, and no configuration would make it. ``reason`` says what is lacking; ``remedy`` is the piece
    of configuration that would make it, as the function ``remedy`` writes it.
    """
    return [_entry(figure, mapping[key], run, remedy) for key, figure in published.items()]


def _entry(figure: PublishedFigure, mapped: Mapped, run: Run, remedy: Remedy) -> dict[str, str]:
    lacking_systems = [s for s in mapped.systems if not run.experiments_of(s, mapped.processes)]
    lacking_samples = [] if mapped.systems else [p for p in mapped.processes if not run.has_sample(p)]
    lacking_settings = {
        system: points
        for system, values in mapped.settings.items()
        if system not in lacking_systems and (points := run.lacking_settings(system, mapped.processes, values))
    }
    paths = files_of(mapped, run)
    ours = [path for path in paths if run.makes(path)]
    unmade = [path for path in paths or _fixed_files(mapped) if not run.makes(path)]
    hopeless = not ours and len(unmade) == len(paths or mapped.patterns)
    status = _status(bool(ours), bool(lacking_systems or lacking_samples or unmade), bool(lacking_settings), hopeless)
    reasons = [
        *(f"no experiment of {' on '.join((system, *mapped.processes))}" for system in lacking_systems),
        *(_lack_of_sample(name, run) for name in lacking_samples),
        *(_lack_of_settings(system, points) for system, points in lacking_settings.items()),
        *([f"no rule makes {', '.join(unmade)}"] if unmade else []),
    ]
    experiments = [e for system in mapped.systems for e in run.experiments_of(system, mapped.processes)]
    wanted = {
        system: values
        for system, values in mapped.settings.items()
        if system in lacking_systems or system in lacking_settings
    }
    return {
        "document": figure.document,
        "id": figure.id,
        "kind": figure.kind,
        "content": figure.content,
        "status": status,
        "ours": SEPARATOR.join(ours),
        "experiment": SEPARATOR.join(experiments) if ours else "",
        "reason": "; ".join(reasons),
        "remedy": "" if status == NO_RULE else remedy(lacking_systems, mapped.processes, lacking_samples, wanted),
    }


def _status(has_ours: bool, lacks: bool, lacks_settings: bool, hopeless: bool) -> str:
    if hopeless:
        return NO_RULE
    if not has_ours:
        return NOT_IN_RUN
    return PARTLY if lacks else FEWER if lacks_settings else MADE


def _lack_of_sample(name: str, run: Run) -> str:
    return f"{name} is not configured" if run.groups[name] == (name,) else f"no sample of {name} is configured"


def _lack_of_settings(system: str, points: Sequence[Point]) -> str:
    """The points in words; a single hyperparameter is named once."""
    if all(len(point) == 1 for point in points):
        (name,) = points[0]
        return f"no setting of {system} with {name} {', '.join(str(point[name]) for point in points)}"
    texts = (" and ".join(f"{name} {value}" for name, value in point.items()) for point in points)
    return f"no setting of {system} with {', '.join(texts)}"


def _fixed_files(mapped: Mapped) -> list[str]:
    """Files whose names depend on no experiment or sample: whether a rule makes them is the same in every run."""
    return [f"results/{pattern}" for pattern in mapped.patterns if not placeholders(pattern, pattern)]


def files_of(mapped: Mapped, run: Run) -> list[str]:
    """Paths that show a published figure in a run, whether a rule makes them or not.

    None if the run has nothing of what the figure needs; only those of the systems and samples that it has, otherwise.
    """
    experiments = {system: run.experiments_of(system, mapped.processes) for system in mapped.systems}
    samples = [name for name in mapped.processes if mapped.systems or run.has_sample(name)]
    if (mapped.systems and not any(experiments.values())) or (mapped.processes and not samples):
        return []
    paths = [path for pattern in mapped.patterns for path in _expand(pattern, experiments, samples, run)]
    return list(dict.fromkeys(paths))


def _expand(pattern: str, experiments: Mapping[str, list[str]], processes: list[str], run: Run) -> list[str]:
    """``results/<pattern>`` with every placeholder filled in, in all ways."""
    fields = dict(placeholders(pattern, pattern))
    chosen = [fields["experiment"]] if fields.get("experiment") else list(experiments)
    filled = []
    for experiment in [e for system in chosen for e in experiments[system]] if "experiment" in fields else [""]:
        settings = run.experiments[experiment]["settings"] if "setting" in fields else [""]
        for process, setting in product(processes if "process" in fields else [""], settings):
            values = {"experiment": _Name(experiment), "process": process, "setting": setting}
            filled.append(f"results/{pattern}".format(**values))
    return filled


class _Name(str):
    """A name that a pattern may write with the system that it is of, ``{experiment:system}``."""

    def __format__(self, system: str) -> str:
        return str(self)
