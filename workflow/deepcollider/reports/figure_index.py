"""Which published figures and tables a run has, by which files, and what the others lack.

Nothing is looked up on disk: what a run makes is asked of the workflow, and the rule that writes the index has all of
it among its inputs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from deepcollider.reports.published_figures import Key, Mapped, PublishedFigure, placeholders

MADE, PARTLY, NOT_IN_RUN, NOT_BUILT = "made", "partly", "not in this run", "not built yet"
STATUSES = (MADE, PARTLY, NOT_IN_RUN, NOT_BUILT)
COLUMNS = ("document", "id", "kind", "content", "status", "ours", "experiment", "reason", "remedy")
SEPARATOR = ";"
"""Between the files and the experiments of one figure."""

Remedy = Callable[[Sequence[str], Sequence[str], Sequence[str]], str]
"""(systems, processes, samples) -> what to configure: see :meth:`deepcollider.reports.remedies.Remedies.yaml`."""


@dataclass(frozen=True)
class Run:
    """What a configuration makes, in plain data."""

    experiments: Mapping[str, Mapping[str, Any]]  # name -> system, processes, settings
    samples: frozenset[str]  # ids of the configured processes and n-tuples
    groups: Mapping[str, tuple[str, ...]]  # see published_figures.sample_groups
    systems: frozenset[str]  # that this version has
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


def figure_index(
    published: Mapping[Key, PublishedFigure], mapping: Mapping[Key, Mapped], run: Run, remedy: Remedy
) -> list[dict[str, str]]:
    """One entry of COLUMNS for each published figure, in their order.

    ``made``: the run has all that the figure shows. ``partly``: some of it. ``not in this run``: nothing, since the run
    lacks samples or an experiment, or this version the system. ``not built yet``: the run has these, but no rule draws
    the figure. ``reason`` says what is lacking; ``remedy`` is the piece of configuration that would make it, as the
    function ``remedy`` writes it.
    """
    return [_entry(figure, mapping[key], run, remedy) for key, figure in published.items()]


def _entry(figure: PublishedFigure, mapped: Mapped, run: Run, remedy: Remedy) -> dict[str, str]:
    lacking_systems = [s for s in mapped.systems if not run.experiments_of(s, mapped.processes)]
    lacking_samples = [] if mapped.systems else [p for p in mapped.processes if not run.has_sample(p)]
    paths = files_of(mapped, run)
    ours = [path for path in paths if run.makes(path)]
    unbuilt = [path for path in paths if path not in ours]
    lacking = bool(lacking_systems or lacking_samples)
    status = (PARTLY if lacking or unbuilt else MADE) if ours else (NOT_IN_RUN if lacking else NOT_BUILT)
    experiments = [e for system in mapped.systems for e in run.experiments_of(system, mapped.processes)]
    unknown = [system for system in lacking_systems if system not in run.systems]
    known = [system for system in lacking_systems if system in run.systems]
    reasons = [
        *(f"no system {system} yet" for system in unknown),
        *(f"no experiment of {' on '.join((system, *mapped.processes))}" for system in known),
        *(_lack_of_sample(name, run) for name in lacking_samples),
        *([f"no rule makes {', '.join(unbuilt)} yet"] if unbuilt else []),
    ]
    return {
        "document": figure.document,
        "id": figure.id,
        "kind": figure.kind,
        "content": figure.content,
        "status": status,
        "ours": SEPARATOR.join(ours),
        "experiment": SEPARATOR.join(experiments) if ours else "",
        "reason": "; ".join(reasons),
        "remedy": remedy(known, mapped.processes, lacking_samples),
    }


def _lack_of_sample(name: str, run: Run) -> str:
    return f"{name} is not configured" if run.groups[name] == (name,) else f"no sample of {name} is configured"


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
