"""Pieces of configuration that would make what a run has not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from deepcollider.reports.figure_index import Run
from deepcollider.reports.published_figures import Values
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

    def yaml(
        self,
        systems: Sequence[str],
        processes: Sequence[str],
        samples: Sequence[str],
        settings: Mapping[str, Values] | None = None,
    ) -> str:
        """YAML that adds experiments of ``systems`` on ``processes``, and ``samples``; empty if nothing is to be added.

        A system that has an experiment already gets no other: that one runs on the process too. ``settings``: system ->
        values of hyperparameters that its experiment must have; a system that is none of ``systems`` has one on the
        processes, whose grid grows.
        """
        settings, experiments = settings or {}, {}
        for system in systems:
            experiments |= self._experiment(system, list(processes), settings.get(system, {}))
        for system in settings:
            if system not in systems:
                name = self.run.experiments_of(system, tuple(processes))[0]
                found = self._on_published_settings(name, settings[system])
                if found is None:
                    found = self._new_experiment(system, list(processes), settings[system])
                experiments |= found
        needed = [*samples, *(process for entry in experiments.values() for process in entry.get("processes", []))]
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

    def _experiment(self, system: str, processes: list[str], values: Values) -> dict[str, dict]:
        """An experiment of a system that has none on the processes, which has the settings of ``values``."""
        for name, entry in self.run.experiments.items():
            if entry["system"] == system:
                grids = self._on_published_settings(name, values)
                if grids is None:
                    continue  # its hyperparameters are fixed
                more = self._on_more_processes(name, processes)
                return {each: more.get(each, {}) | grids.get(each, {}) for each in {**more, **grids}}
        return self._new_experiment(system, processes, values)

    def _on_published_settings(self, name: str, values: Values) -> dict[str, dict] | None:
        """Grids that an experiment, and those whose networks it takes, need to hold ``values`` beside what they have.

        None where one of them has a fixed value in their place.
        """
        entry = self.run.experiments[name]
        known = {key for point in entry["settings"].values() for key in point}
        wanted = {key: found for key, found in values.items() if key in known}
        if not wanted:
            return {}
        if set(wanted) & set(entry["hyperparameters"]):
            return None
        grown = {key: sorted({*entry["grid"].get(key, ()), *found}) for key, found in wanted.items()}
        grid = {**entry["grid"], **grown}
        grids = {} if grid == {key: sorted(found) for key, found in entry["grid"].items()} else {name: {"grid": grid}}
        for owner in filter(None, (entry["networks_of"], entry["fine_tunes"])):
            of_owner = self._on_published_settings(owner, values)
            if of_owner is None:
                return None
            grids = of_owner | grids
        return grids

    def _new_experiment(self, system: str, processes: list[str], values: Values) -> dict[str, dict]:
        """An experiment after that of the embedded default with the system, and after its first if there is none."""
        named = [*self.default["experiments"].values()]
        template = next((entry for entry in named if entry["system"] == system), None)
        if template is None:  # the plan of another system, and the system's own default hyperparameters
            template = {"grid": {}} | {key: named[0][key] for key in ("processes", "training")}
            template["generation"] = {key: named[0]["generation"][key] for key in ("events", "batch")}
        template = self._with_own_training(template)
        processes = processes or template["processes"]
        name = "-".join((system, *processes)).lower().replace("_", "-")
        name = f"{name}-published" if name in self.run.experiments else name
        described = {"title": f"{system} on {', '.join(processes)}", "system": system, "processes": processes}
        grown = {key: sorted({*template["grid"].get(key, ()), *found}) for key, found in values.items()}
        template["grid"] = {**template["grid"], **grown}
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
        kept = {key: value for key, value in template.items() if key not in ("networks_of", "fine_tunes")}
        return kept | ({"training": self.default["experiments"][owner]["training"]} if owner else {})
