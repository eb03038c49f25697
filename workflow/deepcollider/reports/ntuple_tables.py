"""Tables and findings of the reports on trileptons and dileptons."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from deepcollider.metrics.ntuple_summaries import met_cut_baseline, total_of
from deepcollider.metrics.ntuple_variables import CHANNELS

PUBLISHED_CUT, PUBLISHED_ACCURACY, PUBLISHED_NETWORK = 110.0, 0.701, 0.714
"""MET (GeV) from which on an event counts as signal, its accuracy, and that of the best network (style thesis 3.3)."""

Counts = Mapping[str, Mapping[str, Any]]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "–"


def _simulation(made: Mapping[str, Any]) -> dict[str, str]:
    """What simulating a sample gave and cost; dashes for samples that were only read."""
    if not made:
        return {"cross section [fb], LO": "–", "CPU ms/event": "–"}
    return {"cross section [fb], LO": f"{made['sigma_fb']:.4g}", "CPU ms/event": f"{made['ms_per_accepted_event']:.1f}"}


def _selected_cross_section(made: Mapping[str, Any], counts: Mapping[str, int]) -> str:
    """Cross section (fb) of what is kept, with the statistical error of the number of kept events."""
    if not made or not counts["read"]:
        return "–"
    kept = made["sigma_fb"] * made["efficiency"] * counts["kept"] / counts["read"]
    return f"{kept:.3g} ± {kept / max(counts['kept'], 1) ** 0.5:.2g}"


def trilepton_samples(
    skimmed: Counts, statistics: Counts, sources: Mapping[str, str], groups: Mapping[str, str]
) -> pd.DataFrame:
    """One row a sample: how many events were simulated and read, and how many have three leptons.

    ``skimmed``: counts by sample, with ``repeated_events`` and the kind of ``met``.
    """
    rows = {}
    for sample, counts in skimmed.items():
        made = statistics.get(sample, {})
        row = {"class": groups[sample], "source": sources[sample], **_simulation(made), "read": counts["read"]}
        row |= {"three leptons": counts["kept"], "fraction": _percent(counts["kept"], counts["read"])}
        row |= {"without Z pair": counts["without_z"], "not finite": counts["not_finite"]}
        row |= {"repeated": counts.get("repeated_events", 0), "MET": counts.get("met", "–")}
        rows[sample] = row | {"selected cross section [fb]": _selected_cross_section(made, counts)}
    return pd.DataFrame(rows).T


def yields_table(yields: Mapping[str, Counts]) -> pd.DataFrame:
    """Events of each sample by channel, and how many of them have a Z pair."""
    columns = {f"{channel} ({flavours})": channel for channel, flavours in CHANNELS.items()}
    return pd.DataFrame(
        {
            sample: {
                title: f"{found[channel]['events']} ({found[channel]['with_z']})" for title, channel in columns.items()
            }
            | {"all": str(sum(found[channel]["events"] for channel in CHANNELS))}
            for sample, found in yields.items()
        }
    ).T


def strongest_correlations(correlations: Mapping[str, Any], n: int = 12) -> pd.DataFrame:
    """The pairs of different variables with the largest absolute correlation."""
    names, matrix = correlations["variables"], correlations["matrix"]
    pairs = [
        (f"{names[i]} – {names[j]}", matrix[i][j])
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if matrix[i][j] is not None
    ]
    pairs.sort(key=lambda pair: -abs(pair[1]))
    return pd.DataFrame({"correlation": [f"{value:+.2f}" for _, value in pairs[:n]]}, [name for name, _ in pairs[:n]])


def undefined_pairs(correlations: Mapping[str, Any]) -> int:
    """Number of pairs of variables without a correlation."""
    matrix = correlations["matrix"]
    return sum(matrix[i][j] is None for i in range(len(matrix)) for j in range(i + 1, len(matrix)))


def dilepton_samples(
    samples: Mapping[str, Any], statistics: Counts, sources: Mapping[str, str], groups: Mapping[str, str]
) -> pd.DataFrame:
    """One row a sample: how many events were simulated, read, usable, and left for images."""
    rows = {}
    for sample, attributes in samples.items():
        counts = attributes["counts"]
        made = statistics.get(sample, {})
        row = {"class": groups[sample], "source": sources[sample], **_simulation(made)}
        row |= {"stored of simulated": _percent(made["n_passed"], made["n_generated"]) if made else "–"}
        row |= {"read": counts["read"], "unusable": counts["quarantined"], "with features": counts["kept"]}
        row |= {"repeated": attributes.get("repeated_events", 0)}
        left = counts["kept_for_images"]
        rows[sample] = row | {"left for images": left, "of those": _percent(left, counts["kept"])}
    return pd.DataFrame(rows).T


def met_baseline(distributions: Mapping[str, Any], groups: Mapping[str, str]) -> dict[str, float] | None:
    """Accuracy of the published cut on MET and of our best one; None without a sample of each class."""
    by_class: dict[str, list] = {"background": [], "signal": []}
    for sample, found in distributions.items():
        by_class[groups[sample]].append(found["met_cuts"])
    if not all(by_class.values()):
        return None
    return met_cut_baseline(*(total_of(by_class[group]) for group in ("background", "signal")), PUBLISHED_CUT)


def met_baseline_table(found: Mapping[str, float]) -> pd.DataFrame:
    """Ours beside the published accuracy."""
    rows = {
        "the published cut, our events": (PUBLISHED_CUT, f"{found['accuracy']:.3f} ± {found['error']:.3f}"),
        "the best cut, our events": (found["best_cut"], f"{found['best_accuracy']:.3f} ± {found['best_error']:.3f}"),
        "the published cut, as published": (PUBLISHED_CUT, f"{PUBLISHED_ACCURACY:.3f}"),
        "the best network, as published": ("–", f"{PUBLISHED_NETWORK:.3f}"),
    }
    return pd.DataFrame(rows, index=["MET from [GeV]", "accuracy"]).T


def met_finding(found: Mapping[str, float]) -> str:
    """What the table says: whether ours agrees with the published accuracy, and what the choice of the cut is worth."""
    difference = found["accuracy"] - PUBLISHED_ACCURACY
    verdict = "agrees with" if abs(difference) <= 2 * found["error"] else "differs from"
    gain = found["best_accuracy"] - found["accuracy"]
    return (
        f"Ours {verdict} the published accuracy: {difference:+.3f}, {abs(difference) / found['error']:.1f} standard "
        "errors of ours (the published one has none). Theirs is a next-to-leading-order sample in the CMS detector. "
        f"The best cut is chosen on the same events, so its gain of {gain:.3f} is an upper limit."
    )
