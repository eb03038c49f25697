"""How the training of adversarial networks went, as a reader needs to know before looking at what they generate.

The epoch that is kept has the smallest mean one-dimensional Wasserstein distance of the part's features to validation
rows, in units of their standard deviations. The Wasserstein estimate is the mean score of true rows less that of
generated ones, on validation rows: of a plain or least-squares GAN it is no distance. Lengths of the gradient of the
score with respect to the features, between true and generated rows, estimate the Lipschitz constant of the critic;
scores and features are as the network has them, features between -1 and 1.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from deepcollider.reports.rounding import NOTHING, plain

AT_KEPT_EPOCH = {
    "val_wd": "1D Wasserstein distance",
    "val_wasserstein": "Wasserstein estimate",
    "val_gradient_norm": "gradient, mean length",
    "val_lipschitz": "gradient, largest length",
    "val_spread": "smallest std, generated / true",
}
"""Column of the log -> heading."""


def state_of(cost: Mapping[str, Any]) -> str:
    """Whether a training went well; ``cost`` is its record."""
    if not cost["epochs"]:
        return "no training rows"
    states = []
    if cost.get("diverged_at") is not None:
        states.append(f"diverged in epoch {cost['diverged_at']}")
    if cost.get("collapsed_at") is not None:
        states.append(f"collapsed since epoch {cost['collapsed_at']}")
    return ", ".join(states) or "trained"


def origin_of(cost: Mapping[str, Any]) -> str:
    """What a network started from."""
    parent = cost.get("parent")
    if not parent:
        return "random weights"
    return f"{parent['experiment']}, {parent['setting']}, {parent['process']}"


def _row(cost: Mapping[str, Any], log: pd.DataFrame) -> dict[str, str]:
    kept = cost.get("best_epoch")
    epoch = log[log["epoch"] == kept]
    numbers = {
        label: plain(epoch[column].item()) if column in log and len(epoch) else NOTHING
        for column, label in AT_KEPT_EPOCH.items()
    }
    which = NOTHING if kept is None else str(kept)
    return {"epoch kept": which, "of": str(cost["epochs"]), **numbers, "state": state_of(cost)}


def training_table(costs: Mapping[str, Mapping[str, Any]], logs: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """One row a part: the epoch that was kept, counted from 0, its numbers, and the state of the training.

    ``costs`` and ``logs``: part -> record of the cost, log of the training.
    """
    rows = {part: {**_row(cost, logs[part]), "started from": origin_of(cost)} for part, cost in costs.items()}
    return pd.DataFrame.from_dict(rows, orient="index")


def faults(costs: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each part whose training collapsed or diverged."""
    sentences = []
    for part, cost in costs.items():
        if cost.get("collapsed_at") is not None:
            sentences.append(
                f"**The generator of `{part}` has collapsed**: since epoch {cost['collapsed_at']} it makes hardly more "
                "than one value of one of its features. What it generates cannot be trusted."
            )
        if cost.get("diverged_at") is not None:
            kept = f"the network is that of epoch {cost['best_epoch']}" if "best_epoch" in cost else "no epoch was kept"
            sentences.append(
                f"**The training of `{part}` has diverged**: its losses were not finite in epoch "
                f"{cost['diverged_at']}, in which it ended; {kept}."
            )
    return sentences
