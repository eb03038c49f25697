"""Tables and findings of the reports on the data: where they come from, what shapes they have, how they correlate."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from deepcollider.metrics.correlation import FEATURE_LABELS

LEVEL = 0.05
"""A test with a p-value below this counts as a rejection."""

ENOUGH = 400
"""Values from which on D says something about the shape: that of a smaller normal sample is often above 0.04."""

NOT_SO_LARGE = 0.05
"""Largest distance D up to which a shape is called close: a histogram would hardly show it."""

Summaries = Mapping[str, Mapping[str, Any]]


def _or_dash(value: Any, text: str = "{}") -> str:
    return "–" if value is None else text.format(value)


def samples_table(summaries: Summaries, statistics: Mapping[str, Mapping], sources: Mapping[str, str]) -> pd.DataFrame:
    """One row a process: where its events come from, how many there are, and what making them cost.

    ``statistics``: of the Monte Carlo by process, for those that we simulated; others have dashes in its columns.
    """
    rows = {}
    for process, summary in summaries.items():
        made, counts = statistics.get(process, {}), summary["counts"] or {}
        rows[process] = {
            "source": sources[process] + (f", {summary['doi']}" if summary["doi"] else ""),
            "file": summary["source"],
            "events": summary["n_events"],
            "objects": sum(summary["n_objects"].values()),
            "quarantined": counts.get("quarantined", 0),
            "rejected": counts.get("rejected", 0),
            "truncated": counts.get("truncated", 0) + made.get("n_truncated", 0),
            "repeated": summary.get("repeated_events", 0),
            **_simulation_columns(made),
        }
    return pd.DataFrame(rows).T


def _simulation_columns(made: Mapping[str, Any]) -> dict[str, str]:
    return {
        "selection efficiency": _or_dash(made.get("efficiency"), "{:.3f}"),
        "cross section [fb], LO": _or_dash(made.get("sigma_fb"), "{:.4g}"),
        "CPU ms/event": _or_dash(made.get("ms_per_accepted_event"), "{:.1f}"),
    }


def objects_table(summaries: Summaries) -> pd.DataFrame:
    """Mean number of objects of each kind in an event, one row a process."""
    return pd.DataFrame(
        {
            process: {kind: f"{n / max(summary['n_events'], 1):.3f}" for kind, n in summary["n_objects"].items()}
            for process, summary in summaries.items()
        }
    ).T


def _pivot(checks: pd.DataFrame, text: pd.Series) -> pd.DataFrame:
    """Texts of tests as a table: one row a feature, one column a process, both in the order of ``checks``."""
    name = checks["feature"].where(checks["kind"] == "event", checks["kind"] + " " + checks["feature"])
    columns = {
        process: text[rows.index].set_axis(name[rows.index]) for process, rows in checks.groupby("process", sort=False)
    }
    return pd.DataFrame(columns, index=name.drop_duplicates()).rename_axis(None)


def _of(checks: pd.DataFrame, test: str, scale: str = "raw") -> pd.DataFrame:
    """Rows of a test on a scale, in the order of the table, numbered alike for every test of the same features."""
    return checks[(checks["test"] == test) & (checks["scale"] == scale)].reset_index(drop=True)


def normality_table(checks: pd.DataFrame) -> pd.DataFrame:
    """ "D of log10 / D of the value" of energies and momenta; starred where a normal log10 is not rejected."""
    logs = _of(checks, "normal_ks", "log10")
    raws = _of(checks[checks["feature"] != "eta"], "normal_ks")
    text = logs["statistic"].map("{:.3f}".format) + " / " + raws["statistic"].map("{:.3f}".format)
    return _pivot(logs, (text + np.where(logs["p_value"] >= LEVEL, " *", "")).mask(logs["statistic"].isna(), "–"))


def uniformity_table(checks: pd.DataFrame) -> pd.DataFrame:
    """ "p of D, p of chi2" of phi and MET phi against a uniform circle."""
    angles = checks[checks["feature"].isin(["phi", "met_phi"])]
    distance, chi2 = _of(angles, "uniform_ks"), _of(angles, "uniform_chi2")
    p_values = [each["p_value"].map("{:.3f}".format).str.replace("nan", "–") for each in (distance, chi2)]
    text = distance["statistic"].map("{:.3f} (p ".format) + p_values[0] + ", " + p_values[1] + ")"
    return _pivot(distance, text.mask(distance["statistic"].isna(), "–"))


def eta_table(checks: pd.DataFrame) -> pd.DataFrame:
    """ "D to the fitted normal / D to the uniform" distribution of eta; starred where one is not rejected."""
    eta = checks[checks["feature"] == "eta"]
    normal, uniform = _of(eta, "normal_ks"), _of(eta, "uniform_ks")
    texts = [
        each["statistic"].map("{:.3f}".format) + np.where(each["p_value"] >= LEVEL, "*", "")
        for each in (normal, uniform)
    ]
    return _pivot(normal, (texts[0] + " / " + texts[1]).mask(normal["statistic"].isna(), "–"))


def _share(part: pd.Series) -> str:
    return f"{int(part.sum())} of {len(part)}"


def normality_finding(checks: pd.DataFrame) -> str:
    """Verdict on log-normal energies, momenta and MET, from the numbers."""
    logs, raws = _of(checks, "normal_ks", "log10"), _of(checks[checks["feature"] != "eta"], "normal_ks")
    logs = logs.assign(closer=logs["statistic"] < raws["statistic"]).dropna(subset="statistic")
    if logs.empty:
        return "Too few values for any test."
    large = logs[logs["n"] >= ENOUGH]
    large = logs if large.empty else large
    by_feature = {name: large.loc[large["feature"] == name] for name in ("total_energy", "met", "energy", "pt")}
    medians = ", ".join(
        f"{label} {by_feature[name]['statistic'].median():.3f}"
        for name, label in (("total_energy", "total energy"), ("met", "MET"), ("energy", "E"), ("pt", "pt"))
        if len(by_feature[name])
    )
    rejected = (logs["p_value"] < LEVEL).sum()
    text = (
        f"The logarithm is closer to normal than the value in {_share(logs['closer'])} cases. Of those with at least "
        f"{ENOUGH} values, it is close (D up to {NOT_SO_LARGE:g}) in {_share(large['statistic'] <= NOT_SO_LARGE)}; "
        f"median D: {medians}. A normal logarithm is nevertheless rejected at {LEVEL:.0%} in {rejected} of all "
        f"{len(logs)}: log-normal is a good scale to train on, not a law."
    )
    pt, energy = by_feature["pt"], by_feature["energy"]
    if len(pt) and len(energy):
        text += (
            f" The thresholds cut off the left tail of pt: the median skewness of log10 pt is "
            f"{pt['skewness'].median():+.2f} (log10 E {energy['skewness'].median():+.2f}, a normal distribution 0), "
            f"and the worst case is {_case(pt)}."
        )
    return text


def _case(rows: pd.DataFrame) -> str:
    worst = rows.loc[rows["statistic"].idxmax()]
    return f"{worst['kind']} {worst['feature']} of {worst['process']} (D = {worst['statistic']:.3f})"


def uniformity_finding(checks: pd.DataFrame) -> str:
    """Verdict on uniform phi, from the number of tests that reject it against the number expected by chance."""
    angles = checks[checks["feature"].isin(["phi", "met_phi"]) & checks["test"].str.startswith("uniform")]
    p_values = angles["p_value"].dropna()
    if p_values.empty:
        return "Too few values for any test."
    expected, rejected = LEVEL * len(p_values), int((p_values < LEVEL).sum())
    # the two tests of a feature are not independent: a generous limit
    fits = rejected <= expected + 3 * np.sqrt(2 * expected)
    verdict = "as the thesis says, phi is uniform" if fits else "more than chance explains: phi is not quite uniform"
    return (
        f"{rejected} of {len(p_values)} tests reject a uniform phi at {LEVEL:.0%}, where {expected:.1f} would by "
        f"chance; smallest p-value {p_values.min():.2g}. Verdict: {verdict}."
    )


def eta_finding(checks: pd.DataFrame) -> str:
    """Verdict on eta, which the theses give no shape, and the slides that of a Gaussian with its ends cut off."""
    eta = checks[checks["feature"] == "eta"]
    parts = {test: _of(eta, test).dropna(subset="statistic") for test in ("normal_ks", "uniform_ks")}
    if any(part.empty for part in parts.values()):
        return "Too few values for any test."
    shares = {test: _share(part["p_value"] < LEVEL) for test, part in parts.items()}
    medians = {test: part["statistic"].median() for test, part in parts.items()}
    kurtosis = parts["normal_ks"]["kurtosis"].median()
    return (
        f"A normal eta is rejected in {shares['normal_ks']} cases (median D {medians['normal_ks']:.3f}), a uniform "
        f"one in {shares['uniform_ks']} (median D {medians['uniform_ks']:.3f}). It lies between: peaked in the "
        "centre, cut at the acceptance, with flatter flanks than a normal distribution (median excess kurtosis "
        f"{kurtosis:+.2f}). Where neither is rejected, the sample is too small to tell."
    )


SIMILAR = 0.1
"""Difference of two correlations that needs no explanation."""

PAIR_GROUPS = ("MET and jets", "MET and lepton", "jets and jets", "jets and lepton", "lepton and lepton")


def _group(first: str, second: str) -> str:
    kinds = [next(kind for kind in ("met", "jet", "lepton") if name.startswith(kind)) for name in (first, second)]
    names = {"met": "MET", "jet": "jets", "lepton": "lepton"}
    return " and ".join(names[kind] for kind in kinds)


def correlation_pairs(correlations: Mapping[str, Any], published: pd.DataFrame) -> pd.DataFrame:
    """The 55 pairs of the 11 features: ours with its error, as published, their difference, and the pair's group.

    ``correlations`` is that part of a process's summary; also ``zero_filled``, ours by the other convention.
    """
    names = list(FEATURE_LABELS)
    above = np.triu_indices(len(names), k=1)
    matrices = {name: np.array(correlations[name], float)[above] for name in ("pairwise", "error", "zero_filled")}
    pairs = [(names[i], names[j]) for i, j in zip(*above, strict=True)]
    table = pd.DataFrame(
        {
            "pair": [f"{a} – {b}" for a, b in pairs],
            "group": [_group(a, b) for a, b in pairs],
            "ours": matrices["pairwise"],
            "error": matrices["error"],
            "published": published.loc[names, names].to_numpy()[above],
            "zero_filled": matrices["zero_filled"],
        }
    )
    table["difference"] = table["ours"] - table["published"]
    return table


def correlation_groups(pairs: pd.DataFrame) -> pd.DataFrame:
    """Mean correlation of each group of pairs, ours and published, and the mean absolute difference."""
    grouped = pairs.assign(distance=pairs["difference"].abs()).groupby("group", sort=False)
    table = grouped[["ours", "published", "difference", "distance"]].mean().reindex(PAIR_GROUPS)
    return table.rename(columns={"distance": "mean |difference|"}).rename_axis(None).map("{:+.3f}".format)


def _with_error(value: float, error: float) -> str:
    return f"{value:+.3f} ± {error:.3f}" if np.isfinite(error) else f"{value:+.3f}"


def largest_differences(pairs: pd.DataFrame, n: int = 8) -> pd.DataFrame:
    """The pairs that differ most."""
    order = pairs["difference"].abs().sort_values(ascending=False).index[:n]
    table = pairs.loc[order].set_index("pair").rename_axis(None)
    return pd.DataFrame(
        {
            "ours": [_with_error(*found) for found in zip(table["ours"], table["error"], strict=True)],
            "published": table["published"].map("{:+.3f}".format),
            "ours − published": table["difference"].map("{:+.3f}".format),
        }
    )


def slices_table(correlations: Mapping[str, Any], published: pd.DataFrame) -> pd.DataFrame:
    """Correlations of MET with the leading jet and lepton pt in parts of our sample, in all of it, and published."""
    names = list(FEATURE_LABELS)
    partners = ("jet1_energy", "jet1_pt", "lepton1_energy", "lepton1_pt")

    def row(matrix, n_events):
        of_met = [matrix[0][names.index(partner)] for partner in partners]
        return [n_events, *(_or_dash(None if v is None or np.isnan(v) else v, "{:+.3f}") for v in of_met)]

    rows = {name: row(part["pairwise"], part["events"]) for name, part in correlations["slices"].items()}
    rows["all, ours"] = row(correlations["pairwise"], correlations["events"][0][0])
    rows["published"] = row(published.loc[names, names].to_numpy().tolist(), "–")
    return pd.DataFrame(rows, index=["events", *(f"MET – {partner}" for partner in partners)]).T


def correlation_finding(pairs: pd.DataFrame) -> str:
    """How well the correlations agree, and which convention for missing objects the published ones follow."""
    known = pairs.dropna(subset=["difference"])
    if known.empty:
        return "Too few events for any correlation."
    distance = known["difference"].abs()
    other = (known["zero_filled"] - known["published"]).abs().mean()
    significant = distance > 3 * known["error"].fillna(0) + 0.005  # the rest is rounding of the published ones
    worst = known.loc[distance.idxmax()]
    nearer = "pairwise complete events" if distance.mean() < other else "zeros for missing objects"
    return (
        f"Mean absolute difference over {len(known)} pairs {distance.mean():.3f}, largest {worst['difference']:+.3f} "
        f"({worst['pair']}); {int(significant.sum())} pairs differ by more than three standard errors. With zeros in "
        f"place of missing objects the mean difference is {other:.3f}: {nearer} come closer to what was published."
    )


def sample_finding(table: pd.DataFrame) -> str:
    """What the table of samples says in one sentence."""
    return (
        f"{table['events'].sum()} events of {len(table)} processes with {table['objects'].sum()} objects; "
        f"{table['quarantined'].sum()} unreadable lines, {table['truncated'].sum()} events that lost objects beyond "
        f"the 20 that an event can hold, {table['repeated'].sum()} events that repeat an earlier one of their file."
    )


def slices_finding(correlations: Mapping[str, Any], published: pd.DataFrame, simulated: bool) -> str:
    """What the parts of the sample tell about the difference between our MET correlations and the published ones."""
    parts = {name: part["pairwise"][0] for name, part in correlations["slices"].items()}
    names = list(FEATURE_LABELS)
    texts = []
    for label, partner in (("leading jet", "jet1_pt"), ("leading lepton", "lepton1_pt")):
        position, theirs = names.index(partner), published.loc["met", partner]
        ours = correlations["pairwise"][0][position]
        found = {name: row[position] for name, row in parts.items() if row[position] is not None}
        if ours is None or not found:
            continue
        texts.append(f"MET and the {label} (pt): {ours:+.2f} against {theirs:+.2f}.")
        if abs(ours - theirs) <= SIMILAR:
            continue
        nearest = min(found, key=lambda name: abs(found[name] - theirs))
        texts.append(
            f"In parts of our sample it runs from {min(found.values()):+.2f} to {max(found.values()):+.2f}, nearest "
            f"to the published one in events with {nearest} ({found[nearest]:+.2f})."
        )
        inside = min(found.values()) <= theirs <= max(found.values())
        if not inside and abs(found[nearest] - theirs) > abs(ours - theirs) / 2:
            zeros = correlations["zero_filled"][0][position]
            texts.append(
                "Neither harder jets nor the number of leptons thus explains the difference. With zeros for missing "
                f"objects it would be {zeros:+.2f}, but see above how that fits the other pairs. It remains open."
            )
        elif simulated and ours < theirs:
            texts.append(
                "Parts with harder jets or a neutrino correlate more: a sample with more of both, as matched matrix "
                "elements give, moves towards the published value."
            )
    return " ".join(texts)
