"""Tables of the documents that say what there is before anything is made: objects, processes, samples of trileptons.

They are drawn from the tables of the project, so that what they say is what the workflow does.
"""

import re
from collections.abc import Mapping

import pandas as pd

from deepcollider.physics.kinds import KINDS
from deepcollider.samples import Ntuple, Process

COMMANDS = {
    r"\gamma": "γ",
    r"\ell": "ℓ",
    r"\nu": "ν",
    r"\mu": "μ",
    r"\pm": "±",
    r"\to": "→ ",
    r"\mathrm": "",
}
"""LaTeX command -> sign."""

ACCENTS = {r"\bar": "\u0304", r"\tilde": "\u0303"}
"""LaTeX command -> combining sign, which follows the letter that it is on."""

RAISED = str.maketrans("+-−±*0123456789", "⁺⁻⁻±*⁰¹²³⁴⁵⁶⁷⁸⁹")
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

NOT_IN_RUN = "not in this run"


def plain_label(label: str) -> str:
    """A LaTeX label of the tables of samples as plain text; one with a command that has no sign here stays as it is."""
    text = label
    for command, sign in COMMANDS.items():
        text = re.sub(rf"{re.escape(command)}(?![a-zA-Z])\s*", sign, text)
    for command, sign in ACCENTS.items():
        text = re.sub(rf"{re.escape(command)}\{{(\w)\}}", rf"\1{sign}", text)
    if "\\" in text:
        return label
    text = text.replace("$", "")
    text = re.sub(r"\^(?:\{([^}]*)\}|(.))", lambda match: (match[1] or match[2]).translate(RAISED), text)
    text = re.sub(r"_(?:\{([^}]*)\}|(.))", lambda match: (match[1] or match[2]).translate(LOWERED), text)
    return re.sub(r"[{}]", "", text)


def objects_table() -> pd.DataFrame:
    """The kinds of objects in the order of an event: symbol in the CSV files, name, label, whose cuts it shares."""
    return pd.DataFrame(
        {"symbol": kind.symbol, "object": kind.name, "label": plain_label(kind.label), "cuts": kind.family}
        for kind in KINDS
    )


def processes_table(processes: Mapping[str, Process], sources: Mapping[str, str]) -> pd.DataFrame:
    """Every process of the Dark Machines sample, and where this run has it from.

    ``sources``: process -> its source in the configuration.
    """
    return pd.DataFrame(
        {
            "group": process.group,
            "process": f"pp → {plain_label(process.label)}",
            "id": process.id,
            "here": sources.get(process.id, NOT_IN_RUN),
        }
        for process in processes.values()
    )


def trilepton_samples_table(ntuples: Mapping[str, Ntuple], sources: Mapping[str, str]) -> pd.DataFrame:
    """The samples of trileptons: whether each is background or signal, and where this run has it from."""
    return pd.DataFrame(
        {
            "sample": ntuple.id,
            "group": ntuple.group,
            "process": plain_label(ntuple.label),
            "Dataset_ID": ntuple.dataset_id,
            "here": sources.get(ntuple.id, NOT_IN_RUN),
        }
        for ntuple in ntuples.values()
        if ntuple.format == "nanoaod"
    )
