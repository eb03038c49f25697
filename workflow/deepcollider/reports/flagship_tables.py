"""Tables of the report on the autoregressive mixture: does it reach what we aim at, and what do its studies say.

What we aim at (:data:`AIMS`) is for 70 000 and more top pairs to train on. A feature's WD counts in units of its floor,
that of truth in the place of the generated events; the features are those that make up the overall WD. "Within errors"
is a difference from truth of no more than two standard errors of the difference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan

import pandas as pd

from deepcollider.metrics.classifiers import WORST
from deepcollider.metrics.overall import MEMBERS
from deepcollider.metrics.peaks import PEAKS
from deepcollider.reports.experiment_tables import BATCH
from deepcollider.reports.family_tables import sample_name
from deepcollider.reports.generated_samples import Sample, Samples
from deepcollider.reports.rounding import NOTHING, plain, rounded, whole

DERIVED = ("m_jj", "ht", "delta_phi_met_jet1")
CLOSER = 10.0
"""By which factor it is to be closer to the floor than the best of the other systems that start from noise."""

Found = tuple[float, str]
"""What is compared with the aim, and as the table shows it."""


@dataclass(frozen=True)
class Aim:
    """What a sample is to reach: at most ``limit``."""

    what: str
    limit: float
    found: Callable[[Sample], Found]


def _ratio(metric: str, part: str | None = None) -> Callable[[Sample], Found]:
    """A metric in units of its floor."""

    def found(sample: Sample) -> Found:
        relative = sample.number(metric, part).relative
        return relative.value, str(relative)

    return found


def _plain(metric: str) -> Callable[[Sample], Found]:
    def found(sample: Sample) -> Found:
        number = sample.number(metric)
        return number.value, str(number)

    return found


def _worst_feature(sample: Sample) -> Found:
    """The feature whose WD is the largest in units of its floor."""
    names = [name for members in MEMBERS.values() for name in members]
    ratios = {name: sample.number("wd", name).relative for name in names}
    known = {name: ratio for name, ratio in ratios.items() if ratio}
    if not known:
        return nan, NOTHING
    worst = max(known, key=lambda name: known[name].value)
    return known[worst].value, f"{known[worst]} ({worst})"


def _shift(peak: str, quantity: str) -> Callable[[Sample], Found]:
    """Difference of a peak from truth in standard errors; shown is the peak itself and that of truth in its place."""

    def found(sample: Sample) -> Found:
        own, shift = sample.number(quantity, peak), sample.number(f"{quantity}_shift", peak)
        text = f"{own}; floor {plain(own.floor)}" if own else f"no peak; floor {plain(own.floor)}"
        return (shift.value / shift.error if shift.error > 0 else nan), text

    return found


def _milliseconds(sample: Sample) -> Found:
    """At the largest batch that was timed."""
    if not sample.timed_batches:
        return nan, NOTHING
    largest = max(sample.timed_batches)
    number = sample.number(f"{BATCH}{largest}")
    return number.value, f"{number} in batches of {whole(largest)}"


_PEAK_NAMES = {"w_candidate": "W", "top_candidate": "top"}

_PEAK_WORDS = {
    "peak_contrast": "height over the background",
    "peak_position": "position [GeV]",
    "peak_width": "width [GeV]",
}

AIMS = (
    Aim("overall WD / floor", 1.3, _ratio("wd")),
    Aim("largest WD / floor of a feature", 3.0, _worst_feature),
    Aim("classifier two-sample test, larger AUC of two", 0.52, _plain(WORST)),
    Aim("correlation distance / floor", 1.5, _ratio("correlation_distance")),
    Aim("invalid event rate [%]", 0.1, _plain("ier")),
    *(Aim(f"WD / floor of {name}", 2.0, _ratio("wd", name)) for name in DERIVED),
    *(
        Aim(f"{_PEAK_NAMES[peak]} peak: {words}, standard errors from truth", 2.0, _shift(peak, quantity))
        for peak in PEAKS
        for quantity, words in _PEAK_WORDS.items()
    ),
    Aim("generation [ms/event]", 0.05, _milliseconds),
)


def aims_table(sample: Sample) -> pd.DataFrame:
    """Each of AIMS, what was found, and whether it is reached."""
    rows = []
    for aim in AIMS:
        value, text = aim.found(sample)
        verdict = NOTHING if not isfinite(value) else "yes" if value <= aim.limit else "NO"
        if "standard errors" in aim.what and isfinite(value):
            text = f"{plain(value)} ({text})"
        rows.append({"aim": aim.what, "at most": f"{aim.limit:g}", "found": text, "reached": verdict})
    return pd.DataFrame(rows).set_index("aim").rename_axis(None)


def _trained_by(sample: Sample) -> str:
    """The experiment whose networks made it."""
    return sample.network.split("/")[0] or sample.experiment


def _is_alone(sample: Sample) -> bool:
    """Whether its experiment has trained a network of its process alone."""
    return not sample.entry["condition"] and _trained_by(sample) == sample.experiment


def of_same_networks(best: Sequence[Sample]) -> list[Sample]:
    """The first of the samples, and those of its process that other experiments have made with its networks."""
    main = best[0]
    return [sample for sample in best if sample.process == main.process and _trained_by(sample) == _trained_by(main)]


def closeness_in_words(table: pd.DataFrame, own: Sequence[str], process: str) -> str:
    """How much closer to the floor than the best other system that starts from noise; from the leaderboard.

    ``own``: the systems that this report is about. Closeness is WD / floor - 1.
    """
    rows = table[(table["process"] == process) & ~table["starts_from_truth"].astype(bool)]
    ours, others = rows[rows["system"].isin(own)], rows[~rows["system"].isin(own)]
    if ours.empty or others.empty:
        return "The run has no other systems to compare with: the default configuration has them."
    best, other = (part.loc[part["wd_over_floor"].idxmin()] for part in (ours, others))
    distances = best["wd_over_floor"] - 1, other["wd_over_floor"] - 1
    text = (
        f"On {process} its overall WD is {plain(best['wd_over_floor'])} times the floor; the best of the other systems "
        f"that start from noise, {other['system']}, has {plain(other['wd_over_floor'])}."
    )
    if distances[0] <= 0:
        return f"{text} That is no further from truth than truth is."
    factor = distances[1] / distances[0]
    verdict = "as we aim at" if factor >= CLOSER else "less than we aim at"
    return f"{text} It is closer to the floor by a factor of {plain(factor)}, {verdict} ({CLOSER:g})."


def joint_table(run: Samples) -> pd.DataFrame:
    """One network of several processes beside one a process: all samples of a process that both kinds have made.

    ``experiments`` of the run have ``condition`` (process, masses, or None where each process has its own network).
    """
    best = run.all_best()
    joint = {s.process: s for s in best if s.entry["condition"] == "process"}
    rows = []
    for process, together in joint.items():
        alone = [s for s in best if s.process == process and _is_alone(s)]
        if not alone:
            continue
        most = max(alone, key=lambda sample: sample.number("training_rows").value)
        for name, sample in (("alone", most), ("with others", together)):
            rows.append(
                {
                    "process": process,
                    "learnt": name,
                    "experiment": sample.experiment,
                    "training events": whole(sample.number("training_rows").value),
                    "parameters": whole(sample.number("parameters").value),
                    "WD / floor": str(sample.number("wd").relative),
                    "C2ST AUC": str(sample.number(WORST)),
                    "its floor": plain(sample.number(WORST).floor),
                    "correlation distance": str(sample.number("correlation_distance")),
                }
            )
    return pd.DataFrame(rows).set_index(["process", "learnt"]) if rows else pd.DataFrame()


def scale_samples(run: Samples, process: str) -> list[Sample]:
    """All settings that train a network of the process alone, by training events, then by parameters."""
    found = [
        sample
        for name, entry in run.experiments.items()
        for setting in entry["settings"]
        if (sample := run.sample(name, process, setting)) is not None and _is_alone(sample)
    ]
    return sorted(found, key=lambda s: (s.number("training_rows").value, s.number("parameters").value))


def scale_table(samples: Sequence[Sample]) -> pd.DataFrame:
    """Fidelity and memorisation against training events and parameters."""
    return pd.DataFrame(
        [
            {
                "training events": whole(sample.number("training_rows").value),
                "parameters": whole(sample.number("parameters").value),
                "WD / floor": str(sample.number("wd").relative),
                "C2ST AUC": str(sample.number(WORST)),
                "its floor": plain(sample.number(WORST).floor),
                "correlation distance / floor": plain(sample.number("correlation_distance").ratio),
                "share nearer to training events": str(sample.number("memorisation_nearer_train")),
                "training [s]": plain(sample.number("training_seconds").value),
            }
            for sample in samples
        ],
        index=[f"{sample_name(sample)}, {sample.setting}" for sample in samples],
    )


def mass_table(masses: pd.DataFrame) -> pd.DataFrame:
    """Events at masses that were left out, and what else one could take for them; sorted by how near they come."""
    words = {"generated": "generated, never trained on", "floor": "truth itself (floor)"}
    shown = masses.sort_values(["process", "c2st_auc"])
    return pd.DataFrame(
        {
            "masses [GeV]": shown["masses"],
            "events a side": [whole(n) for n in shown["n"]],
            "C2ST AUC": [
                rounded(value, error) for value, error in zip(shown["c2st_auc"], shown["c2st_auc_error"], strict=True)
            ],
            "its classifier": list(shown["c2st_classifier"]),
            "overall WD": [plain(value) for value in shown["wd"]],
        }
    ).set_axis(
        pd.MultiIndex.from_arrays(
            [shown["process"], [words.get(name, f"Monte Carlo of {name}") for name in shown["sample"]]],
            names=["against truth of", "sample"],
        )
    )


def anomaly_table(table: pd.DataFrame) -> pd.DataFrame:
    """Detectors on signals, the best first."""
    shown = table.sort_values(["sample", "AUC"], ascending=[True, False])
    return pd.DataFrame(
        {
            "AUC": [rounded(value, error) for value, error in zip(shown["AUC"], shown["AUC error"], strict=True)],
            "efficiency at 1e-2 [%]": [plain(100 * value) for value in shown["eff@1e-2"]],
            "efficiency at 1e-3 [%]": [plain(100 * value) for value in shown["eff@1e-3"]],
        }
    ).set_axis(pd.MultiIndex.from_frame(shown[["sample", "detector"]], names=["signal", "detector"]))


def amplification_table(table: pd.DataFrame) -> pd.DataFrame:
    """What the training events and the largest generated sample are worth, by spectrum."""
    rows = []
    for spectrum, of_spectrum in table.groupby("spectrum", sort=False):
        training = of_spectrum[of_spectrum["sample"] == "training"].iloc[0]
        generated = of_spectrum[of_spectrum["sample"] == "generated"].sort_values("events").iloc[-1]
        rows.append(
            {
                "spectrum": spectrum,
                "training events": whole(training["events"]),
                "are worth": _worth(training),
                "generated events": whole(generated["events"]),
                "are worth ": _worth(generated),
                "over training events": plain(generated["equivalent_events"] / training["events"]),
            }
        )
    return pd.DataFrame(rows).set_index("spectrum").rename_axis(None)


def _worth(row: pd.Series) -> str:
    """True events with their bounds; to two digits, as more are never known."""

    def spoken(events: float) -> str:
        return whole(float(f"{events:.2g}")) if isfinite(events) else "any number"

    if not isfinite(row["equivalent_events"]):
        return f"more than {spoken(row['equivalent_low'])}"
    return f"{spoken(row['equivalent_events'])} ({spoken(row['equivalent_low'])} to {spoken(row['equivalent_high'])})"
