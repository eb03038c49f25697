"""What follows from the entry of an experiment in a valid configuration: settings, networks, splits, sizes.

Nothing here imports Snakemake or Keras, so that it can be tested and used on its own.
"""

import itertools
from typing import Any

from deepcollider.features.conditions import of_masses, of_processes
from deepcollider.generators.registry import system_class
from deepcollider.metrics.table import UNTRAINED
from deepcollider.samples import Process

SEED_SPLITS = ("test", "train")
"""Where the true events can come from that a system perturbs."""


def setting_name(point: dict[str, Any]) -> str:
    """A grid point as a path component, for example ``beta-1.5``."""
    return "_".join(f"{key.replace('_', '-')}-{value}" for key, value in point.items()) or "default"


class Experiment:
    """One entry of ``experiments:``, with the grid unrolled and the scale applied."""

    def __init__(self, name: str, config: dict):
        entry = config["experiments"][name]
        self.name, self.entry = name, entry
        self.title, self.system, self.processes = entry["title"], entry["system"], entry["processes"]
        self.system_class = system_class(self.system)
        self.parts, self.view = self.system_class.parts(), self.system_class.view
        self.owner = Experiment(entry["networks_of"], config) if "networks_of" in entry else self
        """The experiment that trains the networks."""
        self.parent = Experiment(entry["fine_tunes"]["experiment"], config) if "fine_tunes" in entry else None
        """The experiment whose networks the training starts from, where it fine-tunes."""
        self.joint = self.owner.entry.get("joint")
        """Processes that one network is trained on jointly, and what tells them apart; None: one network a process."""
        self._scale_of_epochs = config["scale"]["epochs"]
        # in the system's order: Snakemake changes that of the file when it merges two
        grid = {key: entry["grid"][key] for key in self.system_class.defaults if key in entry["grid"]}
        points = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
        self.settings = {setting_name(point): point for point in points}
        self.n_generated = scaled_events(entry["generation"]["events"], config)

    @property
    def settings_to_generate(self) -> list[str]:
        """The grid's settings, then the untrained baseline if wanted."""
        return [*self.settings, *([UNTRAINED] if self.entry.get("untrained_baseline") else [])]

    def hyperparameters(self, setting: str) -> dict[str, Any]:
        """Hyperparameters of a setting; the untrained baseline has those of the first grid point.

        What shapes a training alone is the owner's, where it is not given.
        """
        point = next(iter(self.settings.values())) if setting == UNTRAINED else self.settings[setting]
        return {**self._of_training, **self.entry.get("hyperparameters", {}), **point}

    @property
    def _of_training(self) -> dict[str, Any]:
        """Fixed hyperparameters of the owner that shape nothing but the training; none, if that is the experiment."""
        fixed = {} if self.owner is self else self.owner.entry.get("hyperparameters", {})
        return {key: value for key, value in fixed.items() if key in self.system_class.training_only}

    def all_hyperparameters(self, setting: str) -> dict[str, Any]:
        """Hyperparameters of a setting with the defaults of the system."""
        return {**self.system_class.defaults, **self.hyperparameters(setting)}

    def network_hyperparameters(self, setting: str) -> dict[str, Any]:
        """Those hyperparameters of a setting, defaults included, that its networks depend on."""
        ignored = self.system_class.generation_only
        return {key: value for key, value in self.all_hyperparameters(setting).items() if key not in ignored}

    @property
    def trained_settings(self) -> dict[str, dict[str, Any]]:
        """Settings to train: name -> hyperparameters. Settings that differ in generation alone are one here."""
        ignored = self.system_class.generation_only
        found = {}
        for setting, point in self.settings.items():
            name = setting_name({key: value for key, value in point.items() if key not in ignored})
            found.setdefault(name, self.network_hyperparameters(setting))
        return found

    def trained_setting(self, setting: str) -> str:
        """The owner's trained setting whose networks a setting uses; KeyError if there is none."""
        wanted = self.network_hyperparameters(setting)
        for name, hyperparameters in self.owner.trained_settings.items():
            if hyperparameters == wanted:
                return name
        raise KeyError(setting)

    def parent_setting(self, setting: str) -> str:
        """The parent's trained setting that one of ours starts from; KeyError if there is none.

        Their networks are built alike: what shapes the training alone may differ.
        """

        def built(hyperparameters: dict[str, Any]) -> dict[str, Any]:
            ignored = self.system_class.training_only
            return {key: value for key, value in hyperparameters.items() if key not in ignored}

        wanted = built(self.trained_settings[setting])
        for name, hyperparameters in self.parent.trained_settings.items():
            if built(hyperparameters) == wanted:
                return name
        raise KeyError(setting)

    def trained_on(self, process: str) -> str:
        """The sample whose networks generate a process: the process itself or, if it is joint, that of the owner."""
        return self.owner.name if self.joint else process

    def conditions(self, processes: dict[str, Process]) -> dict[str, list[float]]:
        """What the networks are told of each process that they are trained on or generate; nothing if not joint."""
        if not self.joint:
            return {process: [] for process in self.processes}
        names = self.joint["processes"]
        if self.joint["condition"] == "process":
            return of_processes(names)
        return of_masses({name: processes[name].masses for name in [*names, *self.processes]}, names)

    @property
    def seeds(self) -> str | None:
        """The split whose events the system perturbs, for one that starts from true events."""
        return self.entry["generation"].get("seeds", SEED_SPLITS[0]) if self.system_class.starts_from_truth else None

    @property
    def truth_and_floor(self) -> tuple[str, str]:
        """The split that generated events are compared with, and the one that gives the floor.

        Where the test events are the seeds, the two change places: what is made of events is not compared with them.
        """
        return ("floor", "test") if self.seeds == "test" else ("test", "floor")

    @property
    def frequent_fraction(self) -> float:
        """Cumulative fraction of events whose masks count as frequent."""
        return self.entry.get("masks", {}).get("frequent_fraction", self.system_class.frequent_fraction)

    @property
    def training(self) -> dict[str, Any]:
        """The training plan of all parts that have none of their own."""
        return self.training_of()

    @property
    def epochs(self) -> int:
        """Epochs of all parts that have no plan of their own."""
        return self.training["epochs"]

    def training_of(self, part: str | None = None) -> dict[str, Any]:
        """The training plan of a part, with the epochs scaled and what is not given filled in."""
        given = self.owner.entry["training"]
        plan = {
            "steps_per_epoch": None,
            "steps_per_execution": 1,
            "max_rows": None,
            **given,
            **given.get("parts", {}).get(part, {}),
        }
        plan.pop("parts", None)
        return {**plan, "epochs": max(1, round(plan["epochs"] * self._scale_of_epochs))}


def scaled_events(n: int, config: dict) -> int:
    """A number of events with the configuration's scale applied, at least 1."""
    return max(1, round(n * config["scale"]["events"]))


def chunk_sizes(n: int, chunk: int) -> list[int]:
    """``n`` events in chunks of at most ``chunk``."""
    return [min(chunk, n - start) for start in range(0, n, chunk)]
