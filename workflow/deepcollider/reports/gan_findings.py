"""Which findings of the GAN thesis the numbers of a run bear out.

Each function returns the findings of one topic; the statements are those of the thesis in our words.

* A statement is judged by numbers alone. Two of them differ where they are two standard errors apart; where a statement
  needs a difference that is smaller, it is undecided. One about both kinds of WGAN must hold for both.
* Pulled to the centre: the share of objects with an absolute eta below 0.5 is larger than in truth.
* Shifted to smaller values, broader, narrower: mean or standard deviation of log10 of the quantity in GeV, against
  truth (`metrics.shapes`).
* Uniform, or matched: the WD is at most one and a half times its floor.
* WD stands for the Wasserstein distance less its floor where processes are compared, as their samples differ in size.
* Which of two systems is the better in a table of the thesis is read off the table, however small the difference there.
* The errors are those of finite samples. By how much a second training would differ from the first they do not know.
"""

from collections.abc import Callable, Sequence

import pandas as pd

from deepcollider.reports.generated_samples import BACKGROUND, SIGNAL, Sample, Samples
from deepcollider.reports.published_tables import LABELS
from deepcollider.reports.rounding import Number
from deepcollider.reports.thesis_tables import QUANTITIES, is_of_system
from deepcollider.reports.verdicts import Finding, Less, fast_enough, judged, less, near_floor, off_floor

SOURCE = "GAN thesis"
CLIPPED, PENALISED = "wgan", "wgan-gp"
BOTH = (CLIPPED, PENALISED)
NAMES = {CLIPPED: "WGAN", PENALISED: "WGAN-GP"}
SIMPLE = {"gan": "The plain GAN", "lsgan": "The least-squares GAN"}
SECTIONS = {BACKGROUND: "thesis 7.1.4", SIGNAL: "thesis 7.2.1"}

COMPARED = ("WD", "JS_divergence", "KL", "IER_percent")
"""Columns of the published results of which the systems are compared."""

FASTER = 50.0
"""By which factor we must be faster than the thesis."""

Shapes = Callable[[Sample], pd.DataFrame]
"""Sample -> its table of metrics.shapes.shapes."""

CENTRAL, LEFT, BROAD, NARROW = ("central_share", True), ("mean", False), ("spread", True), ("spread", False)
"""(quantity of metrics.shapes, whether it is claimed to be larger than in truth)."""

AGAINST_TRUTH = {
    "Pseudorapidity": (
        # process, systems, observable, how it differs from truth, statement
        (BACKGROUND, (PENALISED,), "bjet1_eta", CENTRAL, "WGAN-GP pulls eta of the first b-jet to the centre"),
        (BACKGROUND, BOTH, "bjet2_eta", CENTRAL, "eta of the second b-jet is pulled to the centre in both"),
        (BACKGROUND, BOTH, "jet2_eta", CENTRAL, "eta of the second jet is pulled to the centre in both"),
        (BACKGROUND, BOTH, "muon1_eta", CENTRAL, "eta of muons is pulled to the centre in both"),
        (SIGNAL, BOTH, "bjet1_eta", CENTRAL, "eta of the first b-jet is pulled to the centre in both"),
    ),
    "Transverse momentum": (
        (BACKGROUND, BOTH, "jet1_pt", LEFT, "pt of the first jet is shifted to smaller values in both"),
        (BACKGROUND, (PENALISED,), "bjet1_pt", BROAD, "WGAN-GP makes pt of the first b-jet too broad"),
        (SIGNAL, BOTH, "jet1_pt", LEFT, "pt of the first jet is shifted to smaller values in both"),
        (SIGNAL, BOTH, "jet2_pt", LEFT, "pt of the second jet is shifted to smaller values in both"),
        (SIGNAL, (PENALISED,), "bjet2_pt", NARROW, "WGAN-GP makes pt of the second b-jet too narrow"),
    ),
    "Missing energy": ((SIGNAL, BOTH, "met", BROAD, "MET is broader than in truth in both"),),
}
QUANTITY_NAMES = {"central_share": "central share of {}", "mean": "mean log10 {}", "spread": "spread of log10 {}"}

MATCHED = {
    "Azimuth": (
        # process, observable, whether it is distributed as in truth, statement
        (BACKGROUND, "electron1_phi", False, "phi of electrons is uniform in neither"),
        (BACKGROUND, "positron1_phi", True, "phi of positrons is uniform in both"),
        (SIGNAL, "electron1_phi", False, "phi of electrons is uniform in neither"),
    ),
    "Pseudorapidity": (
        (BACKGROUND, "photon1_eta", False, "eta of photons is not matched by either"),
        (SIGNAL, "photon1_eta", False, "eta of photons is not matched by either"),
    ),
}


def _best(samples: Samples, process: str, systems: Sequence[str] = BOTH) -> list[Sample]:
    """The best sample of each system on a process; none if one of them is lacking."""
    found = [samples.best(system, process) for system in systems]
    return found if all(found) else []


def shape_of(sample: Sample, shapes: Shapes, part: str, quantity: str) -> tuple[Number, Number]:
    """A quantity of an observable in the generated events and in truth, with the error of each."""
    nothing = float("nan")
    table = shapes(sample)
    rows = table[(table["part_or_feature"] == part) & (table["quantity"] == quantity)].to_dict("records")
    row = rows[0] if rows else {}
    ours, truth = (
        Number(*(float(row.get(name, nothing)) for name in (which, f"{which}_error")), nothing)
        for which in ("generated", "truth")
    )
    return ours, truth


def _against_truth(sample: Sample, shapes: Shapes, part: str, quantity: str, larger: bool) -> Less:
    ours, truth = shape_of(sample, shapes, part, quantity)
    named = (sample.experiment, ours), ("truth", truth)
    return less(QUANTITY_NAMES[quantity].format(part), *(reversed(named) if larger else named))


def against_truth(samples: Samples, shapes: Shapes, topic: str) -> list[Finding]:
    """What of AGAINST_TRUTH belongs to a topic: shifted, pulled to the centre, broader or narrower than in truth."""
    found = []
    for process, systems, part, (quantity, larger), statement in AGAINST_TRUTH.get(topic, ()):
        claim, ours = f"On {process}, {statement}", _best(samples, process, systems)
        comparisons = [_against_truth(sample, shapes, part, quantity, larger) for sample in ours]
        found.append(judged(claim, SECTIONS[process], comparisons, ours))
    return found


def matched(samples: Samples, topic: str) -> list[Finding]:
    """What of MATCHED belongs to a topic: distributed as in truth, or not."""
    found = []
    for process, part, as_in_truth, statement in MATCHED.get(topic, ()):
        ours, compare = _best(samples, process), near_floor if as_in_truth else off_floor
        comparisons = [compare(sample, part) for sample in ours]
        found.append(judged(f"On {process}, {statement}", SECTIONS[process], comparisons, ours))
    return found


def positrons_and_electrons(samples: Samples) -> list[Finding]:
    """Whether phi of positrons comes out better than that of electrons."""
    found = []
    for process, section in SECTIONS.items():
        claim, ours = (
            f"On {process}, phi of positrons is matched better than that of electrons",
            _best(samples, process),
        )
        parts = ("positron1_phi", "electron1_phi")
        comparisons = [
            less(f"WD, {sample.experiment}", *((part, sample.excess(part)) for part in parts)) for sample in ours
        ]
        found.append(judged(claim, section, comparisons, ours))
    return found


def shift_of_first_jet(samples: Samples, shapes: Shapes) -> Finding:
    """Whether WGAN-GP shifts pt of the first jet by more; the truth of both is the same."""
    claim = f"On {BACKGROUND}, WGAN-GP shifts pt of the first jet by more than WGAN"
    ours = _best(samples, BACKGROUND, (PENALISED, CLIPPED))
    means = [(sample.experiment, shape_of(sample, shapes, "jet1_pt", "mean")[0]) for sample in ours]
    comparisons = [less("mean log10 jet1_pt", *means)] if ours else []
    return judged(claim, SECTIONS[BACKGROUND], comparisons, ours)


def order_of_tables(samples: Samples, reference: pd.DataFrame) -> list[Finding]:
    """Tables 7.1 and 7.2: which of the two systems has the smaller number."""
    found = []
    for (table, process), rows in reference[reference["source"] == SOURCE].groupby(["table", "process"], sort=False):
        ours = _best(samples, process)
        for column in COMPARED:
            smaller = next(s for s in BOTH if is_of_system(rows.loc[rows[column].idxmin()], s))
            (larger,) = set(BOTH) - {smaller}
            claim = f"On {process}, {NAMES[smaller]} has a smaller {LABELS[column]} than {NAMES[larger]}"
            pair = sorted(ours, key=lambda sample: sample.entry["system"] != smaller)
            numbers = [(sample.experiment, sample.number(QUANTITIES[column])) for sample in pair]
            comparisons = [less(LABELS[column], *numbers)] if pair else []
            found.append(judged(claim, f"thesis, table {table}", comparisons, pair))
    return found


def new_physics(samples: Samples) -> list[Finding]:
    """Whether fine-tuned networks are worse on the signal than those that they start from on the background."""
    found = []
    for system in BOTH:
        pair = [samples.best(system, process) for process in (BACKGROUND, SIGNAL)]
        pair = pair if all(pair) else []
        for label, number in (("WD", Sample.excess), ("IER [%]", lambda sample: sample.number("ier"))):
            claim = f"{NAMES[system]} has a larger {label} on {SIGNAL} than on {BACKGROUND}"
            comparisons = [less(label, *((sample.process, number(sample)) for sample in pair))] if pair else []
            found.append(judged(claim, "thesis, tables 7.1 and 7.2", comparisons, pair))
    return found


def simpler_networks(samples: Samples) -> list[Finding]:
    """Whether both kinds of WGAN are nearer to truth than the networks that the thesis tried before."""
    found = []
    for system, name in SIMPLE.items():
        claim = f"{name} is further from truth than WGAN and WGAN-GP"
        ours = _best(samples, BACKGROUND, (*BOTH, system))
        numbers = [(sample.experiment, sample.excess()) for sample in ours]
        comparisons = [less("WD", number, numbers[-1]) for number in numbers[:-1]]
        found.append(judged(claim, "thesis 8", comparisons, ours))
    return found


def speed(samples: Samples, reference: pd.DataFrame) -> list[Finding]:
    """By how much we are faster than the thesis, which makes event after event."""
    found = []
    for _, row in reference[reference["source"] == SOURCE].iterrows():
        theirs = row["generation_ms_per_event"]
        claim = f"{row['model']} on {row['process']}: {FASTER:g} times as fast as the thesis with its {theirs:g} ms"
        source = f"our aim; thesis, table {row['table']}"
        (system,) = (system for system in BOTH if is_of_system(row, system))
        sample = samples.best(system, row["process"])
        comparisons = [fast_enough(sample, theirs, FASTER)] if sample else []
        found.append(judged(claim, source, comparisons, [sample] if sample else []))
    return found


def all_findings(samples: Samples, shapes: Shapes, reference: pd.DataFrame) -> dict[str, list[Finding]]:
    """The findings by topic; ``reference``: the published results (resources/reference_results.csv)."""
    return {
        "WGAN and WGAN-GP": order_of_tables(samples, reference),
        "Simpler networks": simpler_networks(samples),
        "New physics": new_physics(samples),
        "Pseudorapidity": [
            *against_truth(samples, shapes, "Pseudorapidity"),
            *matched(samples, "Pseudorapidity"),
        ],
        "Azimuth": [*matched(samples, "Azimuth"), *positrons_and_electrons(samples)],
        "Transverse momentum": [
            *against_truth(samples, shapes, "Transverse momentum"),
            shift_of_first_jet(samples, shapes),
        ],
        "Missing energy": against_truth(samples, shapes, "Missing energy"),
        "Speed": speed(samples, reference),
    }
