"""What the documents say about correlations of generated events, and what ours are."""

from deepcollider.reports import verdicts
from deepcollider.reports.generated_samples import BACKGROUND, SIGNAL, Sample, Samples
from deepcollider.reports.vae_systems import ONE, THREE, TWO, ZERO
from deepcollider.reports.verdicts import Finding, Less, exactly, judged, less, not_in_run

HALF = exactly(0.5)


def _kept(claim: str, source: str, sample: Sample | None, one: str, other: str, *, lost: bool) -> Finding:
    """Whether the correlation of two features is lost, or kept: below or above half of that of truth."""
    if sample is None:
        return not_in_run(claim, source)
    ours, truth = sample.correlation(one, other)
    share = sample.kept_correlation(one, other)
    text = f"r of {one} and {other}: {ours}, truth {truth}"
    if truth and not share:
        return Finding(claim, source, f"{text}: truth has too little to judge", verdicts.UNDECIDED)
    return judged(claim, source, [Less(share, HALF, text) if lost else Less(HALF, share, text)], [sample])


def correlations_with_met(samples: Samples) -> list[Finding]:
    """Whether MET knows of the jets: its correlation with pt of the first jet, of those pairs the strongest."""
    return [
        _kept(
            f"Experiment {number}: the correlation of MET with jets is {'lost' if lost else 'kept'} on {process}",
            section,
            samples.best(system, process),
            *("met", "jet1_pt"),
            lost=lost,
        )
        for number, system, process, section, lost in (
            ("0", ZERO, BACKGROUND, "thesis 7.3.3", False),
            ("I", ONE, BACKGROUND, "thesis 7.4.3", True),
            ("II", TWO, BACKGROUND, "thesis 7.5.4", True),
            ("III", THREE, BACKGROUND, "thesis 7.6.3", False),
            ("II", TWO, SIGNAL, "thesis 7.7.1", True),
            ("III", THREE, SIGNAL, "thesis 7.7.1", False),
        )
    ]


def correlations_of_jets(samples: Samples) -> list[Finding]:
    """Whether jets know of each other: pt of the first and of the second."""
    pair, found = ("jet1_pt", "jet2_pt"), []
    for number, system, section in (("I", ONE, "thesis 7.4.3"), ("II", TWO, "thesis 7.5.4")):
        claim = f"Experiment {number}: correlations among particles are weaker than in truth, but mostly kept"
        sample = samples.best(system, BACKGROUND)
        if sample is None:
            found.append(not_in_run(claim, section))
            continue
        share, (ours, truth) = sample.kept_correlation(*pair), sample.correlation(*pair)
        text = f"r of {' and '.join(pair)}: {ours}, truth {truth}"
        comparisons = [Less(share, exactly(1.0), text), Less(HALF, share, f"{share} of that of truth")]
        found.append(judged(claim, section, comparisons, [sample]))
    claim, section = "Experiment III keeps correlations among particles better than experiment II", "thesis 7.6.3"
    two, three = samples.best(TWO, BACKGROUND), samples.best(THREE, BACKGROUND)
    if not (two and three):
        return [*found, not_in_run(claim, section)]
    shares = [(sample.experiment, sample.kept_correlation(*pair)) for sample in (two, three)]
    what = f"r of {' and '.join(pair)} in units of that of truth"
    return [*found, judged(claim, section, [less(what, *shares)], [two, three])]
