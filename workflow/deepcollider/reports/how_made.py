"""What the report of an experiment says about where its events come from, and what its networks are."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from deepcollider.reports.rounding import whole
from deepcollider.store.event_files import EventReader


def n_events(path: str) -> int:
    """Number of events in a file."""
    with EventReader(path) as reader:
        return len(reader)


def frequent_events(paths: Sequence[str]) -> dict[str, int]:
    """Of splits of the most frequent combinations of objects: ``combinations``, their events (``kept``) and ``of`` all.

    ``paths`` are all of the splits, files of :func:`deepcollider.store.stratified.split_most_frequent`.
    """
    kept = 0
    for path in paths:
        with EventReader(path) as reader:
            kept, attributes = kept + len(reader), reader.attributes
    return {"combinations": attributes["combinations"], "kept": kept, "of": attributes["selected_of"]}


def uses(n_generated: int, n_seeds: int) -> str:
    """How often each of the true events was perturbed, in words; they are taken in turn, from the first on."""
    rounds, rest = divmod(n_generated, n_seeds)
    if not rounds:
        return f"{n_generated} of {n_seeds} seeds were used, each once"
    if not rest:
        return f"each of the {n_seeds} seeds was used {'once' if rounds == 1 else f'{rounds} times'}"
    mean = n_generated / n_seeds
    return f"each of the {n_seeds} seeds was used {rounds} or {rounds + 1} times ({mean:.2f} on average)"


def _origin(making: Mapping[str, Any]) -> str:
    """What generation starts from."""
    seeds = making["seeds"]
    if seeds:
        which = "events that the networks were trained on" if seeds == "train" else "events that no training has seen"
        text = (
            f"Events start from true events of the split `{seeds}`, {which}: these are encoded, noise is added to "
            "their codes, and the codes are decoded. That is no generation from noise."
        )
        if making["truth"] != "test":
            text += (
                " As the test events are the seeds, truth and floor have changed places: generated events are compared "
                f"with those of the split `{making['truth']}`, and test events give the floor."
            )
        return text
    if making["fits_mixture"]:
        return (
            "Codes are drawn from a Gaussian mixture that was fitted to the codes of training events, and decoded; "
            "generation itself needs no true event."
        )
    return "Events are generated from noise alone; no true event is needed."


def _share(process: str, selected: int, total: int) -> str:
    percent = f" ({100 * selected / total:.1f} %)" if total else ""
    return f"{process}: {selected} of {total} test events{percent}"


def _selection(making: Mapping[str, Any], counts: Mapping[str, Mapping[str, int]]) -> str:
    """Which events an experiment is about that is not about all of them."""
    name, fraction = making["selection"], making["frequent_fraction"]
    if fraction is None:
        shares = "; ".join(_share(process, count["selected"], count["all"]) for process, count in counts.items())
        return (
            f"The experiment is about the events of the selection `{name}` alone ({shares}); training, truth and floor "
            "have the same selection."
        )
    shares = "; ".join(
        f"{process}: {count['combinations']} combinations, which {count['kept']} of {count['of']} events have "
        f"({100 * count['kept'] / count['of']:.1f} %)"
        for process, count in counts.items()
    )
    return (
        f"The experiment is about events of the selection `{name}` alone, those with the most frequent combinations of "
        f"objects: combinations are taken in the order of their frequency, up to {100 * fraction:g} % of all events "
        f"({shares}). These events have splits of their own; training, validation, truth and floor have every "
        "combination in the same proportion."
    )


def _fine_tuning(fine_tunes: Mapping[str, str]) -> str:
    scalers = {
        "parent": "features are scaled as there, by the limits of its training events",
        "refit": "features are scaled anew, by the limits of these training events",
    }
    return (
        f"Its networks are fine-tuned: they start from the weights of `{fine_tunes['experiment']}`, trained on "
        f"{fine_tunes['process']}; {scalers[fine_tunes['scaler']]}."
    )


def _joint(joint: Mapping[str, Any]) -> str:
    """What one network has learnt."""
    told = {
        "process": "which of them it is to generate",
        "masses": "the masses of their new particles; events at other masses are of a kind that it has never seen",
    }
    return f"One network has learnt {', '.join(joint['processes'])} together; it is told {told[joint['condition']]}."


def sentences(making: Mapping[str, Any], counts: Mapping[str, Mapping[str, int]]) -> list[str]:
    """How the events were made. ``counts``: process -> numbers of ``seeds``, ``selected`` and ``all`` test events.

    ``making``: seeds and truth (splits, or None), n_generated, selection (view, or None), frequent_fraction (of the
    view, or None; then ``counts`` are those of :func:`frequent_events`), networks_of (experiment, or None), fine_tunes
    (experiment, process and whose scaler, or None), draws_masks, learns_counts, joint (processes and condition, or
    None), fits_mixture, fits_refinement.
    """
    found = [_origin(making)]
    if making["seeds"]:
        found += [
            f"{process}: {making['n_generated']} events were generated; {uses(making['n_generated'], count['seeds'])}."
            for process, count in counts.items()
        ]
    if making["draws_masks"]:
        found.append(
            "How many objects of each kind an event has is drawn by a statistical mask generator, fitted to the "
            "training events."
        )
    if making["learns_counts"]:
        found.append("How many objects of each kind an event has is learnt by the network too.")
    if making["joint"]:
        found.append(_joint(making["joint"]))
    if making["selection"]:
        found.append(_selection(making, counts))
    if making["fine_tunes"]:
        found.append(_fine_tuning(making["fine_tunes"]))
    if making["networks_of"]:
        found.append(f"It trains no networks of its own, but takes those of `{making['networks_of']}`.")
    if making["fits_refinement"]:
        found.append(
            "Boosted trees have learnt to tell training events from generated ones. A generated event is kept with the "
            "probability that they give it to be true, over that of being generated, up to a limit; otherwise it is "
            "drawn again, with the same numbers of objects. Test events had no part in this."
        )
    return found


def networks_table(descriptions: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Parameters of the network of each part, of its stages, and how many are trained; of several, their sums."""
    counts = {
        part: {
            **{stage["name"]: stage["parameters"] for stage in each["stages"]},
            "parameters": each["parameters"],
            "trained": each["trainable_parameters"],
        }
        for part, each in descriptions.items()
    }
    table = pd.DataFrame.from_dict(counts, orient="index")
    if len(table) > 1:
        table.loc["all"] = table.sum()
    table = table.map(whole)
    table.insert(0, "network", [*(each["network"] for each in descriptions.values()), *[""] * (len(counts) > 1)])
    return table


def mixtures_table(records: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """How the fit of the mixture of codes went. ``records``: setting -> record of its cost."""
    fits = {setting: record["fit"] for setting, record in records.items()}
    return pd.DataFrame.from_dict(
        {
            setting: {
                "components": fit["components"],
                "in use": fit["used_components"],
                "codes": whole(fit["codes"]),
                "iterations": fit["iterations"],
                "converged": "yes" if fit["converged"] else "NO",
            }
            for setting, fit in fits.items()
        },
        orient="index",
    )
