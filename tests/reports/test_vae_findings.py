"""Findings of the VAE thesis and slides, on runs in which all of them hold, none does, or nothing can be told."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from deepcollider.reports.generated_samples import Samples
from deepcollider.reports.rounding import Number
from deepcollider.reports.vae_findings import all_findings
from deepcollider.reports.verdicts import (
    NOT_IN_RUN,
    NOT_REPRODUCED,
    REPRODUCED,
    UNDECIDED,
    Less,
    exactly,
    findings_text,
    in_short,
    verdict_on,
)
from tests.reports.vae_run import CORRELATIONS, FLOOR, entry_of, metrics_of_run, run_of

REFERENCE = pd.read_csv(Path(__file__).parents[2] / "resources/reference_results.csv")
NEAR_ONE = ("Experiment I: alpha matters little", "Experiment III: beta matters little")


def findings(run: Samples) -> dict[str, object]:
    """Findings by claim."""
    found = [finding for topic in all_findings(run, REFERENCE).values() for finding in topic]
    assert len({finding.claim for finding in found}) == len(found) > 50
    return {finding.claim: finding for finding in found}


def changed(change: Callable[[pd.DataFrame], None]) -> pd.DataFrame:
    metrics = metrics_of_run()
    change(metrics)
    return metrics


def is_time(metrics: pd.DataFrame) -> pd.Series:
    return metrics["metric"].str.contains("ms_per_event")


def opposite(metrics: pd.DataFrame) -> None:
    """What was the smaller is now the larger; and nobody is fast."""
    metrics.loc[metrics["metric"] == "wd", "value"] = 0.03 + 2 * FLOOR - metrics["value"]
    metrics.loc[metrics["metric"] == "ier", "value"] = 10 - metrics["value"]
    metrics.loc[is_time(metrics), "value"] = 10 / metrics["value"]


def test_everything_holds():
    found = findings(run_of())
    assert {claim: f.verdict for claim, f in found.items() if f.verdict != REPRODUCED} == {}
    sections = ("thesis 7.", "slides 4.", "our aim; thesis")
    assert all(finding.ours and finding.source.startswith(sections) for finding in found.values())


def test_nothing_holds():
    none = {name: (0.3 - met, 0.1 if name in ("one", "three") else 0.2) for name, (met, _) in CORRELATIONS.items()}
    found = findings(run_of(changed(opposite), correlations=none))
    holding = {claim for claim, finding in found.items() if finding.verdict != NOT_REPRODUCED}
    assert holding == set(NEAR_ONE)  # the ratio of two large numbers is still near 1


@pytest.mark.parametrize("claim", NEAR_ONE)
def test_a_grid_that_matters(claim):
    def spread(metrics):
        metrics.loc[(metrics["metric"] == "wd") & metrics["setting"].isin(["alpha-0.1", "beta-0.5"]), "value"] *= 1.5

    assert findings(run_of(changed(spread)))[claim].verdict == NOT_REPRODUCED


def test_nothing_can_be_told():
    def blur(metrics):
        metrics["error"] *= 1000
        metrics[["n_generated", "n_truth"]] = 10

    assert {finding.verdict for finding in findings(run_of(changed(blur))).values()} == {UNDECIDED}


def test_nothing_is_in_the_run():
    assert {finding.verdict for finding in findings(run_of(experiments={})).values()} == {NOT_IN_RUN}


def test_numbers_that_were_not_measured():
    def unmeasured(metrics):
        metrics.loc[~metrics["metric"].isin(["validation_wd"]), ["value", "error"]] = np.nan
        metrics[["n_generated", "n_truth"]] = 0

    verdicts = {finding.verdict for finding in findings(run_of(changed(unmeasured))).values()}
    assert verdicts == {NOT_IN_RUN, UNDECIDED}  # undecided: correlations come from files of their own


def test_only_a_single_value_of_the_grid():
    experiments = {}
    for name in ("zero", "one", "two", "three", "split"):
        entry = entry_of(name)
        kept = list(entry["settings"])[-2:-1] if name in ("zero", "three") else list(entry["settings"])[-1:]
        experiments[name] = {**entry, "settings": {setting: entry["settings"][setting] for setting in kept}}
    found = findings(run_of(experiments=experiments))
    of_grid = [f for claim, f in found.items() if "falls with" in claim or "better with" in claim or "best at" in claim]
    assert len(of_grid) == 11 and {finding.verdict for finding in of_grid} == {NOT_IN_RUN}
    assert {found[claim].verdict for claim in NEAR_ONE} == {NOT_IN_RUN}


WORSE = {
    # experiment, part, metric, value: the claims that it refutes
    ("merged-mixture", "jet1_phi", "wd", FLOOR): {
        "Experiment I of the slides: uniform phi comes out worse with codes from the mixture"
    },
    ("zero-mixture", "overall", "wd", FLOOR): {
        "Experiment III of the slides: with codes from the mixture all is worse"
    },
    ("split", "met_phi", "wd", 3 * FLOOR): {"Experiment II of the slides: phi is right without the mixture"},
    ("one", "jet1_phi", "wd", 3 * FLOOR): {
        "Experiment I: phi of MET and of the first jet is as uniform as in truth"
    },
    ("three", "met_phi", "wd", FLOOR): {"On ttbar, phi of MET is worse in experiment III than in II"},
    ("three-bsm", "jet2_phi", "wd", -0.02): {"On stop_02, phi of jets is worse in experiment III than in II"},
    ("three", "jet3_eta", "wd", -0.02): {"On ttbar, eta of jets is worse in experiment III than in II"},
    ("zero", "photon1_pt", "wd", FLOOR): {"The baseline is worst at pt of the first lepton and of the first photon"},
    ("zero", "jet2_eta", "wd", 0.1): {"The baseline is worst at pt of the first lepton and of the first photon"},
    ("one", "lepton1_pt", "wd", 0.1): {"Experiment I improves pt of the first lepton over the baseline"},
    ("two", "lepton1_energy", "wd", 0.1): {
        "Experiment II: energy is better for the first lepton than for the first jet"
    },
    ("one", "overall", "ier", 3.0): {"Experiment I has a smaller IER [%] than the baseline"},
    ("three-bsm", "overall", "ier", 9.0): {"Experiment III: IER falls from ttbar to stop_02"},
    ("two-bsm", "overall", "wd", 0.1): {"Experiment II is nearer to truth on stop_02 than on ttbar"},
    ("one", "overall", "generation_ms_per_event_batch_1000", 3.5): {
        "Experiment I on ttbar: 100 times as fast as the thesis with its 339.9 ms"
    },
    ("two-bsm", "overall", "generation_ms_per_event_batch_1000", 0.9): {
        "Experiment II on stop_02: 100 times as fast as the thesis with its 75.07 ms"
    },
    ("zero", "overall", "generation_ms_per_event_batch_1000", 0.05): {
        "Experiment III generates fastest of all, also than the baseline"
    },
}  # fmt: skip


@pytest.mark.parametrize("planted", WORSE)
def test_one_number_refutes_what_rests_on_it_and_nothing_else(planted):
    experiment, part, metric, value = planted

    def plant(metrics):
        rows = (metrics["experiment"] == experiment) & (metrics["part_or_feature"] == part)
        metrics.loc[rows & (metrics["metric"] == metric), "value"] = value

    found = findings(run_of(changed(plant)))
    refuted = {claim for claim, finding in found.items() if finding.verdict == NOT_REPRODUCED}
    grid = {claim for claim in refuted if "matters little" in claim or "beta" in claim}
    assert refuted - grid == WORSE[planted]


@pytest.mark.parametrize(
    ("experiment", "ours", "refuted"),
    [
        ("zero", (0.05, 0.7), {"Experiment 0: the correlation of MET with jets is lost"}),
        ("one", (0.25, 0.6), {"Experiment I: the correlation of MET with jets"}),
        ("two", (0.25, 0.5), {"Experiment II: the correlation of MET with jets"}),
        ("three", (0.05, 0.68), {"Experiment III: the correlation of MET with jets"}),
        ("three", (0.29, 0.4), {"Experiment III keeps correlations among particles"}),
        ("one", (0.01, 0.75 * 1.2), {"Experiment I: correlations among particles"}),
        ("one", (0.01, 0.2), {"Experiment I: correlations among particles"}),
    ],
)
def test_correlations_that_are_lost_or_kept(experiment, ours, refuted):
    found = findings(run_of(correlations={experiment: ours}))
    ((claim, finding),) = [(c, f) for c, f in found.items() if f.verdict != REPRODUCED]
    assert finding.verdict == NOT_REPRODUCED and claim.startswith(tuple(r.replace(" is lost", "") for r in refuted))


def test_error_of_a_correlation_is_that_of_fisher():
    sample = run_of().best("alpha-vae", "ttbar")
    ours, truth = sample.correlation("met", "jet1_pt")
    assert (ours.value, truth.value) == (0.28, 0.3)
    # independent: half the width of scipy's 68.27 % interval of r = 0.28 from 10003 events
    rng = np.random.default_rng(1)
    x = rng.normal(size=10003)
    y = rng.normal(size=10003)
    x, y = (x - x.mean()) / x.std(), y - y.mean()
    y -= x * np.mean(x * y)
    y /= y.std()
    found = stats.pearsonr(x, 0.28 * x + np.sqrt(1 - 0.28**2) * y)
    interval = found.confidence_interval(0.6827)
    assert found.statistic == pytest.approx(0.28)
    assert ours.error == pytest.approx((interval.high - interval.low) / 2, rel=1e-2)


def test_a_kept_share_is_off_by_the_errors_of_both():
    share = run_of().best("alpha-vae", "ttbar").kept_correlation("met", "jet1_pt")
    rng = np.random.default_rng(1)
    truth = rng.normal(0.3, (1 - 0.3**2) / 100, 200_000)
    ours = rng.normal(0.28, (1 - 0.28**2) / 100, 200_000)
    assert share.value == pytest.approx(0.28 / 0.3)
    assert share.error == pytest.approx(np.std(ours / truth), rel=0.02)


def test_best_is_chosen_on_validation_events():
    def deceive(metrics):
        rows = (metrics["experiment"] == "zero") & (metrics["metric"] == "wd") & (metrics["setting"] == "alpha-0.1")
        metrics.loc[rows, "value"] = 0.0

    assert run_of(changed(deceive)).best("alpha-vae", "ttbar").setting == "alpha-0.2"


def test_mixture_is_compared_with_the_same_networks():
    experiments = {name: entry_of(name) for name in ("zero", "zero-mixture")}
    experiments["zero"]["networks"] = {"alpha-0.1": "zero/a", "alpha-0.2": "other/b", "alpha-0.3": "zero/c"}
    experiments["zero-mixture"]["networks"] = {"alpha-0.2": "zero/a"}
    found = findings(run_of(experiments=experiments))
    text = found["Experiment III of the slides: with codes from the mixture all is worse"].ours
    assert text == "WD: zero 0.00800 ± 0.00010, zero-mixture 0.01200 ± 0.00010"  # 0.008: alpha 0.1


def test_signal_is_compared_with_the_same_setting():
    text = findings(run_of())["Experiment III is nearer to truth on stop_02 than on ttbar"].ours
    assert text.endswith("ttbar 0.01400 ± 0.00010")
    experiments = {name: entry_of(name) for name in ("three", "three-bsm")}
    experiments["three-bsm"]["settings"] = {"beta-1.5": {"beta": 0.5, "width": 512}}
    text = findings(run_of(experiments=experiments))["Experiment III is nearer to truth on stop_02 than on ttbar"].ours
    assert text.endswith("ttbar 0.01700 ± 0.00010")


def test_what_makes_a_comparison_unfair():
    found = findings(run_of())
    assert found["Experiment II has a larger WD than the baseline"].remark == "unfair: zero starts from true events"
    assert found["Experiment III has a larger WD than experiment II"].remark == "three is compared with selected truth"
    assert found["Experiment I has a smaller WD than the baseline"].remark == ""


def test_verdicts():
    one, two = Number(1.0, 0.3, 0.0), Number(2.0, 0.4, 0.0)
    assert verdict_on([Less(one, two, "")]) == REPRODUCED  # exactly two standard errors
    assert verdict_on([Less(two, one, "")]) == NOT_REPRODUCED
    assert verdict_on([Less(one, exactly(1.59), "")]) == UNDECIDED
    assert verdict_on([Less(one, two, ""), Less(one, exactly(1.1), "")]) == UNDECIDED
    assert verdict_on([Less(one, two, ""), Less(two, one, "")]) == NOT_REPRODUCED
    assert verdict_on([Less(one, Number(np.nan, np.nan, 0.0), "")]) == NOT_IN_RUN
    assert verdict_on([Less(Number(1.0, np.nan, 0.0), Number(2.0, np.nan, 0.0), "")]) == UNDECIDED
    assert verdict_on([]) == NOT_IN_RUN


def test_in_words():
    found = list(findings(run_of()).values())
    first = "Experiment I of the slides: uniform phi comes out worse with codes from the mixture"
    assert in_short(found).startswith(f"Of 55 statements:\n\n- **reproduced** (55): {first}; ")
    absent = list(findings(run_of(experiments={})).values())
    text = in_short([found[0], *absent])
    assert text == f"Of 56 statements:\n\n- **reproduced** (1): {first}.\n- **not in this run** (55)."
    text = findings_text(list(findings(run_of(experiments={})).values())[:1])
    assert text == (
        "- **not in this run**: Experiment I of the slides: uniform phi comes out worse with codes from the mixture "
        "(slides 4.1)."
    )
