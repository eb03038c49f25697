"""Pieces of configuration that would make what a run has not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from deepcollider.reports.figure_index import Run
from deepcollider.samples import Ntuple, Process

EVENTS = 10_000
"""Events to simulate of a sample that the embedded default does not have."""


@dataclass(frozen=True)
class Remedies:
    """What can be added to a run: samples of the two tables, experiments after those of the embedded default."""

    run: Run
    processes: Mapping[str, Process]
    ntuples: Mapping[str, Ntuple]
    default: Mapping[str, Any]
    only: Sequence[str] = ()
    """Experiments that the configuration confines itself to; none: it runs all that it has."""

    def yaml(self, systems: Sequence[str], processes: Sequence[str], samples: Sequence[str]) -> str:
        """YAML that adds experiments of ``systems`` on ``processes``, and ``samples``; empty if nothing is to be added.

        A system that has an experiment already gets no other: that one runs on the process too.
        """
        experiments: dict[str, dict] = {}
        for system in systems:
            experiments |= self._experiment(system, list(processes))
        needed = [*samples, *(process for entry in experiments.values() for process in entry["processes"])]
        piece: dict[str, dict] = {}
        for name in needed:
            if not self.run.has_sample(name):
                section, sample, entry = self._sample(name)
                piece.setdefault(section, {})[sample] = entry
        if experiments:
            piece["experiments"] = experiments
            if self.only and not set(experiments) <= set(self.only):
                piece["only"] = list(dict.fromkeys([*self.only, *experiments]))
        text = yaml.safe_dump(piece, sort_keys=False, default_flow_style=None, width=100) if piece else ""
        return text.rstrip()

    def _sample(self, name: str) -> tuple[str, str, dict]:
        """Section, id and entry of a sample: one of the group that the embedded default has, or else its first."""
        group = self.run.groups[name]
        for section in ("processes", "ntuples"):
            for sample in group:
                if sample in self.default[section]:
                    return section, sample, self.default[section][sample]
        sample = group[0]
        if sample in self.processes and self.processes[sample].source != "pythia":
            return "processes", sample, {"source": self.processes[sample].source}
        section = "processes" if sample in self.processes else "ntuples"
        return section, sample, {"source": "pythia", "events": EVENTS}

    def _experiment(self, system: str, processes: list[str]) -> dict[str, dict]:
        for name, entry in self.run.experiments.items():
            if entry["system"] == system:
                return self._on_more_processes(name, processes)
        named = [*self.default["experiments"].values()]
        template = next((entry for entry in named if entry["system"] == system), None)
        if template is None:  # the plan of another system, and the system's own default hyperparameters
            template = {"grid": {}} | {key: named[0][key] for key in ("processes", "training")}
            template["generation"] = {key: named[0]["generation"][key] for key in ("events", "batch")}
        template = self._with_own_training(template)
        processes = processes or template["processes"]
        name = "-".join((system, *processes)).lower().replace("_", "-")
        described = {"title": f"{system} on {', '.join(processes)}", "system": system, "processes": processes}
        return {name: described | {key: value for key, value in template.items() if key not in described}}

    def _on_more_processes(self, name: str, processes: list[str]) -> dict[str, dict]:
        """An experiment of the run, and the one whose networks it takes, with further processes."""
        concerned = [owner for owner in (self.run.experiments[name].get("networks_of"),) if owner] + [name]
        return {
            each: {"processes": list(dict.fromkeys([*self.run.experiments[each]["processes"], *processes]))}
            for each in concerned
        }

    def _with_own_training(self, template: Mapping[str, Any]) -> dict[str, Any]:
        """The experiment as one that trains its networks itself: those of another may not be in the run."""
        owner = template.get("networks_of")
        kept = {key: value for key, value in template.items() if key != "networks_of"}
        return kept | ({"training": self.default["experiments"][owner]["training"]} if owner else {})
