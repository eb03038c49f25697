"""Which findings of the VAE thesis and slides the numbers of a run bear out.

Each function returns the findings of one topic; the statements are those of the documents in our words.

* A statement is judged by numbers alone. Two of them differ where they are two standard errors apart; where a statement
  needs a difference that is smaller, it is undecided.
* WD stands for the Wasserstein distance less its floor: the samples that are compared differ in size, and those of the
  documents were so large that their floor was next to nothing.
* The errors are those of finite samples. By how much a second training would differ from the first they do not know.
* A correlation counts as lost below half of that of truth, as kept above. Its error is that of Fisher,
  (1 - r^2) / sqrt(n - 3) with the n events that have both objects; for energies with long tails the true one is larger
  where r is far from 0.
* Samples of different kinds are compared where the documents do so, and the finding then says what is unlike.
"""

from collections.abc import Sequence
from math import hypot, isfinite

import pandas as pd

from deepcollider.metrics.two_sample import SIGNIFICANT
from deepcollider.reports import verdicts
from deepcollider.reports.generated_samples import BACKGROUND, SIGNAL, Sample, Samples
from deepcollider.reports.rounding import Number
from deepcollider.reports.thesis_tables import is_of_system
from deepcollider.reports.vae_correlations import correlations_of_jets, correlations_with_met
from deepcollider.reports.vae_grids import grids
from deepcollider.reports.vae_systems import MIXTURES, ONE, THREE, TWO, ZERO
from deepcollider.reports.verdicts import Finding, Less, fast_enough, judged, less, near_floor, not_in_run

UNIFORM = ("met_phi", "jet1_phi")
JETS = ("jet1", "jet2", "jet3")

FASTER, SLOW = 100.0, 10.0
"""By which factor we must be faster, where the document needs more than so many milliseconds an event."""


def _wd(sample: Sample, part: str | None = None) -> tuple[str, Number]:
    return sample.experiment, sample.excess(part)


def _wd_on(sample: Sample) -> tuple[str, Number]:
    return sample.process, sample.excess()


def _metric(sample: Sample, metric: str) -> tuple[str, Number]:
    return sample.experiment, sample.number(metric)


def _sum(numbers: Sequence[Number]) -> Number:
    return Number(sum(n.value for n in numbers), hypot(*(n.error for n in numbers)), 0.0)


def _jets(sample: Sample, feature: str) -> tuple[str, Number]:
    return sample.experiment, _sum([sample.excess(f"{jet}_{feature}") for jet in JETS])


def mixtures(samples: Samples) -> list[Finding]:
    """Codes from a mixture against codes of true events, the same networks for both."""
    found = []
    for mixed, (seeded, number, section) in MIXTURES.items():
        claims = (
            f"Experiment {number} of the slides: uniform phi comes out worse with codes from the mixture",
            f"Experiment {number} of the slides: with codes from the mixture all is worse",
        )
        ours = samples.best(mixed, BACKGROUND)
        theirs = ours and samples.same_networks(ours, seeded)
        if not theirs:
            found += [not_in_run(claim, section) for claim in claims]
            continue
        phi = [less(f"WD of {part}", _wd(theirs, part), _wd(ours, part)) for part in UNIFORM]
        found.append(judged(claims[0], section, phi, [ours, theirs]))
        found.append(judged(claims[1], section, [less("WD", _wd(theirs), _wd(ours))], [ours, theirs]))
    return found


def uniform_phi(samples: Samples) -> list[Finding]:
    """Whether phi is uniform where the documents say so: its WD is near the floor."""
    found = []
    for system, claim, section in (
        ("beta-vae-split", "Experiment II of the slides: phi is right without the mixture", "slides 4.2"),
        (ONE, "Experiment I: phi of MET and of the first jet is as uniform as in truth", "thesis 7.4.3"),
    ):
        sample = samples.best(system, BACKGROUND)
        if sample is None:
            found.append(not_in_run(claim, section))
            continue
        found.append(judged(claim, section, [near_floor(sample, part) for part in UNIFORM], [sample]))
    return found


def speed(samples: Samples, reference: pd.DataFrame) -> list[Finding]:
    """Which experiment is faster, and by how much we are faster than the documents where these were slow."""
    best = {system: samples.best(system, BACKGROUND) for system in (ZERO, ONE, TWO, THREE)}
    found = []
    for fast, slow, claim, section in (
        (TWO, ONE, "Experiment II generates faster than experiment I", "thesis 7.5.4"),
        (THREE, TWO, "Experiment III generates faster than experiment II", "thesis 7.6.3"),
        (THREE, ZERO, "Experiment III generates fastest of all, also than the baseline", "thesis 7.6.3"),
    ):
        one, other = best[fast], best[slow]
        if not (one and other):
            found.append(not_in_run(claim, section))
            continue
        what = f"ms/event in batches of {one.batch}"
        times = [(sample.experiment, sample.milliseconds) for sample in (one, other)]
        found.append(judged(claim, section, [less(what, *times)], [one, other]))
    return found + _speed_up(samples, reference)


def _speed_up(samples: Samples, reference: pd.DataFrame) -> list[Finding]:
    rows, found = reference[reference["source"] == "VAE thesis"], []
    for (table, process, experiment), group in rows.groupby(["table", "process", "experiment"], sort=False):
        theirs = group["generation_ms_per_event"].min()
        if not theirs > SLOW:
            continue
        claim = f"Experiment {experiment} on {process}: {FASTER:g} times as fast as the thesis with its {theirs:g} ms"
        source = f"our aim; thesis, table {table}"
        (system,) = {s for s in (ZERO, ONE, TWO, THREE) if is_of_system(group.iloc[0], s)}
        sample = samples.best(system, process)
        if sample is None:
            found.append(not_in_run(claim, source))
            continue
        found.append(judged(claim, source, [fast_enough(sample, theirs, FASTER)], [sample]))
    return found


def order_of_experiments(samples: Samples) -> list[Finding]:
    """Table 8.1: which experiment is nearer to truth, and which breaks the rules of events less often."""
    best = {system: samples.best(system, BACKGROUND) for system in (ZERO, ONE, TWO, THREE)}
    found = []
    for metric, label in (("wd", "WD"), ("ier", "IER [%]")):
        for better, worse, claim, section in (
            (ONE, ZERO, f"Experiment I has a smaller {label} than the baseline", "thesis 7.4.3, table 8.1"),
            (ZERO, TWO, f"Experiment II has a larger {label} than the baseline", "thesis 7.5.4, table 8.1"),
            (TWO, THREE, f"Experiment III has a larger {label} than experiment II", "thesis 7.6.3, table 8.1")
            if metric == "wd"
            else (THREE, TWO, f"Experiment III has a smaller {label} than experiment II", "thesis 7.6.3, table 8.1"),
        ):
            pair = best[better], best[worse]
            if not all(pair):
                found.append(not_in_run(claim, section))
                continue
            numbers = [_wd(sample) if metric == "wd" else _metric(sample, metric) for sample in pair]
            found.append(judged(claim, section, [less(label, *numbers)], pair))
    return found


def single_features(samples: Samples) -> list[Finding]:
    """Which single features are better where: experiments II and III, and the baseline and I."""
    found = []
    for process, section in ((BACKGROUND, "thesis 7.6.3"), (SIGNAL, "thesis 7.7.1")):
        two, three = samples.best(TWO, process), samples.best(THREE, process)
        features = ["phi of MET", "phi of jets", *(["eta of jets"] if process == BACKGROUND else [])]
        claims = [f"On {process}, {feature} is worse in experiment III than in II" for feature in features]
        if not (two and three):
            found += [not_in_run(claim, section) for claim in claims]
            continue
        what = "WD, sum over three jets"
        comparisons = [
            less("WD of met_phi", _wd(two, "met_phi"), _wd(three, "met_phi")),
            less(what, _jets(two, "phi"), _jets(three, "phi")),
            less(what, _jets(two, "eta"), _jets(three, "eta")),
        ]
        found += [judged(c, section, [each], [two, three]) for c, each in zip(claims, comparisons, strict=False)]
    zero, one, two = (samples.best(system, BACKGROUND) for system in (ZERO, ONE, TWO))
    claim, section = "Experiment I improves pt of the first lepton over the baseline", "thesis 7.4.3"
    comparison = zero and one and less("WD of lepton1_pt", _wd(one, "lepton1_pt"), _wd(zero, "lepton1_pt"))
    found.append(judged(claim, section, [comparison], [zero, one]) if comparison else not_in_run(claim, section))
    claim, section = "Experiment II: energy is better for the first lepton than for the first jet", "thesis 7.5.4"
    parts = ("lepton1_energy", "jet1_energy")
    comparison = two and less("WD", *((part, two.excess(part)) for part in parts))
    found.append(judged(claim, section, [comparison], [two]) if comparison else not_in_run(claim, section))
    return [*found, worst_of_baseline(zero)]


SHOWN = (
    *("met", "met_phi", "total_energy"),
    *(f"{p}_{feature}" for p in ("jet1", "jet2", "lepton1", "photon1") for feature in ("energy", "pt", "eta", "phi")),
)
"""Features that the thesis shows of the baseline (figures 7.8 to 7.12)."""


def worst_of_baseline(baseline: Sample | None) -> Finding:
    """Whether pt of leptons and photons is what the baseline is worst at."""
    claim, section = "The baseline is worst at pt of the first lepton and of the first photon", "thesis 7.3.3"
    if baseline is None:
        return not_in_run(claim, section)
    worst = ("lepton1_pt", "photon1_pt")
    others = {part: baseline.excess(part) for part in SHOWN if part not in worst}
    largest = max((part for part in others if others[part]), key=lambda part: others[part].value, default=None)
    if largest is None:
        return not_in_run(claim, section)
    comparisons = [less("WD", (largest, others[largest]), (part, baseline.excess(part))) for part in worst]
    return judged(claim, section, comparisons, [baseline])


def new_physics(samples: Samples) -> list[Finding]:
    """The same systems on top squarks (7.7 of the thesis, 4.4 of the slides)."""
    found = []
    for system, number, falls in ((TWO, "II", False), (THREE, "III", True)):
        changes = "falls" if falls else "rises"
        claims = (
            f"Experiment {number} is nearer to truth on {SIGNAL} than on {BACKGROUND}",
            f"Experiment {number}: IER {changes} from {BACKGROUND} to {SIGNAL}",
        )
        signal = samples.best(system, SIGNAL)
        background = signal and like(samples, signal, BACKGROUND)
        if not background:
            found += [not_in_run(claim, "thesis 7.7.1, table 7.5") for claim in claims]
            continue
        pair = [signal, background]
        rates = [(sample.process, sample.number("ier")) for sample in (pair if falls else reversed(pair))]
        comparisons = less("WD", _wd_on(signal), _wd_on(background)), less("IER [%]", *rates)
        found += [
            judged(claim, "thesis 7.7.1, table 7.5", [each], pair)
            for claim, each in zip(claims, comparisons, strict=True)
        ]
    return [*found, alpha_against_beta(samples)]


def like(samples: Samples, sample: Sample, process: str) -> Sample | None:
    """The sample of the same system and hyperparameters on another process; the best one if none has the same."""
    found = [s for s in samples.of(sample.entry["system"], process) if s.hyperparameters == sample.hyperparameters]
    return found[0] if found else samples.best(sample.entry["system"], process)


OFTEN = 0.1
"""Share of features, from which on it is more than chance that one of two systems is better at them."""


def alpha_against_beta(samples: Samples) -> Finding:
    """In some features: in more of them than chance (2.3 % at two standard errors) would have it."""
    claim, section = (
        f"On {SIGNAL} the slides' alpha-VAE fits better than their beta-VAE in some cases",
        "slides 4.4",
    )
    alpha, beta = samples.best("alpha-vae", SIGNAL), samples.best("beta-vae-split", SIGNAL)
    if not (alpha and beta):
        return not_in_run(claim, section)
    differences = [Less(alpha.excess(p), beta.excess(p), p).significance for p in SHOWN]
    differences = [each for each in differences if isfinite(each)]
    if not differences:
        return not_in_run(claim, section)
    better, worse = sum(d >= SIGNIFICANT for d in differences), sum(d <= -SIGNIFICANT for d in differences)
    ours = f"WD of {len(differences)} features: alpha-VAE smaller in {better}, beta-VAE smaller in {worse}"
    often = OFTEN * len(differences)
    verdict = verdicts.NOT_REPRODUCED if worse > often else verdicts.UNDECIDED
    if better > often:
        verdict = verdicts.REPRODUCED
    return Finding(claim, section, ours, verdict, verdicts.unfairness([alpha, beta]))


def all_findings(samples: Samples, reference: pd.DataFrame) -> dict[str, list[Finding]]:
    """The findings by topic; ``reference``: the published results (resources/reference_results.csv)."""
    return {
        "Mixtures of codes": [*mixtures(samples), *uniform_phi(samples)],
        "Correlations": [*correlations_with_met(samples), *correlations_of_jets(samples)],
        "Speed": speed(samples, reference),
        "Order of the experiments": order_of_experiments(samples),
        "Single features": single_features(samples),
        "alpha and beta": grids(samples),
        "New physics": new_physics(samples),
    }
