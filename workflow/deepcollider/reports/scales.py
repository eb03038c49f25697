"""What the embedded default cuts, beside the published scale: the differences of two configurations, and no others.

``python -m deepcollider.reports.scales`` writes them into config/README.md, between the two markers.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from deepcollider.config import without_dropped
from deepcollider.experiment import Experiment, scaled_events
from deepcollider.files import written_whole
from deepcollider.reports.rounding import NOTHING, whole

BEGIN, END = "<!-- scales: begin -->", "<!-- scales: end -->"
"""Markers in config/README.md; what stands between them is written by this module."""

NAMES = ("config.yaml", "paper.yaml")


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Two configurations merged as Snakemake does: mappings key by key, all else replaced."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, Mapping) and isinstance(result.get(key), Mapping)
        result[key] = merged(result[key], value) if both else value
    return result


def read_scales(folder: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The embedded default and the published scale, both complete, from the folder of NAMES."""
    default, paper = (yaml.safe_load((Path(folder) / name).read_text(encoding="utf-8")) for name in NAMES)
    return without_dropped(default), without_dropped(merged(default, paper))


def of_systems(config: Mapping[str, Any], wanted: Callable[[str], bool]) -> dict[str, Any]:
    """A complete configuration with the experiments of ``wanted`` systems alone, and the processes that these have."""
    experiments = {name: entry for name, entry in config["experiments"].items() if wanted(entry["system"])}
    used = {
        process
        for entry in experiments.values()
        for process in (*entry["processes"], *entry.get("joint", {}).get("processes", ()))
    }
    processes = {name: entry for name, entry in config["processes"].items() if name in used}
    return {**config, "experiments": experiments, "processes": processes, "ntuples": {}}


def _training(experiment: Experiment, config: Mapping[str, Any], process: str) -> str:
    """Epochs, steps and batch size, and the examples that each network sees in all; then the parts that differ."""
    own = experiment.owner.entry["training"].get("parts", {})
    texts = {part: _plan(experiment, experiment.training_of(part), config, process) for part in (None, *own)}
    return "; ".join(text if part is None else f"{part}: {text}" for part, text in texts.items())


def _plan(experiment: Experiment, plan: Mapping[str, Any], config: Mapping[str, Any], process: str) -> str:
    """A training plan in words."""
    epochs, steps, batch = plan["epochs"], plan["steps_per_epoch"], plan["batch_size"]
    if steps is not None:
        hyperparameters = experiment.hyperparameters(next(iter(experiment.settings)))
        n_batches = experiment.system_class(**hyperparameters).batches_per_step
        batches = f"{n_batches} batches of {batch}" if n_batches > 1 else f"{batch}"
        return f"{epochs} epochs × {steps} steps × {batches} = {whole(epochs * steps * n_batches * batch)}"
    if experiment.system_class.epoch_of_rows:
        return f"{epochs} epochs × all rows of each part, in batches of {batch}"
    learnt = experiment.joint["processes"] if experiment.joint else [process]
    n_events = sum(scaled_events(config["processes"][name]["events"], config) for name in learnt)
    n_train = min(round(n_events * config["split"]["train"]), plan["max_rows"] or n_events)
    all_events = "all that are selected" if experiment.view.selects else f"all {whole(n_train)} events"
    total = "" if experiment.view.selects else f" = {whole(epochs * n_train)} at most"
    return f"{epochs} epochs × {all_events}, in batches of {batch}{total}"


def _of_experiment(name: str, config: Mapping[str, Any]) -> dict[str, str]:
    """What a reader needs to know of an experiment's scale."""
    experiment = Experiment(name, dict(config))
    entry, shown = experiment.entry, {"processes": ", ".join(experiment.processes)}
    for key, value in (experiment.system_class.defaults | entry.get("hyperparameters", {}) | entry["grid"]).items():
        values = value if isinstance(value, list) else [value]
        shown[key.replace("_", " ")] = ", ".join(str(each) for each in values)
    if experiment.owner is experiment and experiment.joint:
        shown[f"training on {' + '.join(experiment.joint['processes'])}"] = _training(experiment, config, "")
    elif experiment.owner is experiment:
        shown |= {f"training on {process}": _training(experiment, config, process) for process in experiment.processes}
    return shown | {"events generated": whole(experiment.n_generated)}


def _all_of(config: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """(what, of whom) -> how much."""
    shown = {
        ("events", sample): whole(scaled_events(entry["events"], dict(config)))
        for section in ("processes", "ntuples")
        for sample, entry in config[section].items()
        if "events" in entry
    }
    shown |= {("share of the events", split): f"{share:g}" for split, share in config["split"].items() if share < 1}
    for name in config["experiments"]:
        shown |= {(what, name): text for what, text in _of_experiment(name, config).items()}
    return shown


def scales(default: Mapping[str, Any], paper: Mapping[str, Any]) -> pd.DataFrame:
    """One row a difference of two complete configurations: what, in each of them (NAMES), and of whom.

    Samples or experiments that differ alike share a row. An experiment that one of them lacks has a dash there.
    """
    ours, theirs = _all_of(default), _all_of(paper)
    of_whom: dict[tuple[str, str, str], list[str]] = {}
    for what, name in {**ours, **theirs}:
        texts = ours.get((what, name), NOTHING), theirs.get((what, name), NOTHING)
        if texts[0] != texts[1]:
            of_whom.setdefault((what, *texts), []).append(name)
    order = list(dict.fromkeys(what for what, *_ in of_whom))
    rows = sorted(of_whom.items(), key=lambda row: order.index(row[0][0]))
    return pd.DataFrame([(*key, ", ".join(names)) for key, names in rows], columns=["what", *NAMES, "of"])


def scales_markdown(default: Mapping[str, Any], paper: Mapping[str, Any]) -> str:
    """The differences as a Markdown table."""
    table = scales(default, paper)
    lines = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_scales(readme: str, text: str) -> str:
    """A text with what stands between the markers replaced; ValueError if it has not both, once and in their order."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in after or END in after:
        raise ValueError(f"the text needs a line {BEGIN} and, after it, a line {END}, each once")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def main() -> None:
    """Write the differences of this project's two configurations into its config/README.md."""
    folder = Path(__file__).parents[3] / "config"
    readme = folder / "README.md"
    text = with_scales(readme.read_text(encoding="utf-8"), scales_markdown(*read_scales(folder)))
    with written_whole(str(readme)) as path:
        Path(path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
