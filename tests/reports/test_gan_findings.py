"""Findings of the GAN thesis, on runs in which all of them hold, none does, or nothing can be told."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deepcollider.reports.gan_findings import all_findings, shape_of
from deepcollider.reports.gan_tables import speed_table
from deepcollider.reports.generated_samples import Samples
from deepcollider.reports.verdicts import NOT_IN_RUN, NOT_REPRODUCED, REPRODUCED, UNDECIDED
from tests.reports.gan_run import BASE, FLOOR, entry_of, metrics_of_run, run_of, shapes_of

REFERENCE = pd.read_csv(Path(__file__).parents[2] / "resources/reference_results.csv")


def findings(run: Samples, shapes=shapes_of) -> dict[str, object]:
    """Findings by claim."""
    found = [finding for topic in all_findings(run, shapes, REFERENCE).values() for finding in topic]
    assert len({finding.claim for finding in found}) == len(found) == 37
    return {finding.claim: finding for finding in found}


def refuted(found: dict[str, object]) -> set[str]:
    return {claim for claim, finding in found.items() if finding.verdict == NOT_REPRODUCED}


def test_everything_holds():
    found = findings(run_of())
    assert {claim: f.verdict for claim, f in found.items() if f.verdict != REPRODUCED} == {}
    assert all(finding.ours and finding.source.startswith(("thesis", "our aim; thesis")) for finding in found.values())
    assert {finding.remark for finding in found.values()} == {""}


def test_nothing_holds():
    metrics = metrics_of_run()
    is_time = metrics["metric"].str.contains("ms_per_event")
    for metric in ("wd", "js_divergence", "kl", "ier"):
        rows = metrics["metric"] == metric
        metrics.loc[rows, "value"] = 10 - metrics.loc[rows, "value"]
    metrics.loc[is_time, "value"] = 30.0
    for part, excess in (("positron1_phi", 0.02), ("electron1_phi", 0.0), ("photon1_eta", 0.0)):
        metrics.loc[(metrics["part_or_feature"] == part) & (metrics["metric"] == "wd"), "value"] = excess + FLOOR

    def mirrored(sample):
        table = shapes_of(sample)
        return table.assign(generated=2 * table["truth"] - table["generated"])

    found = findings(run_of(metrics), mirrored)
    assert {claim: f.verdict for claim, f in found.items() if f.verdict != NOT_REPRODUCED} == {}


def test_nothing_can_be_told():
    metrics = metrics_of_run()
    metrics["error"] = 100.0

    def blurred(sample):
        return shapes_of(sample).assign(generated_error=1.0, truth_error=1.0)

    assert {f.verdict for f in findings(run_of(metrics), blurred).values()} == {UNDECIDED}


def test_nothing_is_in_the_run():
    assert {f.verdict for f in findings(run_of(experiments={})).values()} == {NOT_IN_RUN}


def test_a_statement_about_both_needs_both():
    found = findings(run_of(experiments={"wgan-gp": entry_of("wgan-gp")}))
    known = {claim for claim, finding in found.items() if finding.verdict != NOT_IN_RUN}
    assert known == {
        "On ttbar, WGAN-GP pulls eta of the first b-jet to the centre",
        "On ttbar, WGAN-GP makes pt of the first b-jet too broad",
        "WGAN-GP on ttbar: 50 times as fast as the thesis with its 48.416 ms",
    }


def test_quantities_that_were_not_measured():
    found = findings(run_of(), lambda sample: shapes_of(sample).iloc[:0])
    assert found["On stop_02, MET is broader than in truth in both"].verdict == NOT_IN_RUN
    empty = findings(run_of(metrics_of_run().assign(value=np.nan).pipe(_with_criterion)))
    assert empty["On ttbar, WGAN has a smaller WD than WGAN-GP"].verdict == NOT_IN_RUN


def _with_criterion(metrics):
    return metrics.assign(value=metrics["value"].where(metrics["metric"] != "validation_wd", 0.1))


WORSE = {
    # experiment, part, metric, value: the claims that it refutes
    ("wgan", "overall", "wd", 0.02 + FLOOR): {"On ttbar, WGAN has a smaller WD than WGAN-GP"},
    ("wgan", "overall", "js_divergence", 0.03): {"On ttbar, WGAN has a smaller JS divergence than WGAN-GP"},
    ("wgan", "overall", "kl", 0.01): {"On ttbar, WGAN-GP has a smaller KL than WGAN"},
    ("wgan-gp", "overall", "ier", 0.1): {"On ttbar, WGAN has a smaller IER [%] than WGAN-GP"},
    ("wgan-bsm", "overall", "wd", 0.019 + FLOOR): {"On stop_02, WGAN-GP has a smaller WD than WGAN"},
    ("wgan-bsm", "overall", "kl", 0.5): {"On stop_02, WGAN has a smaller KL than WGAN-GP"},
    ("wgan-gp-bsm", "overall", "ier", 0.1): {
        "On stop_02, WGAN has a smaller IER [%] than WGAN-GP",
        "WGAN-GP has a larger IER [%] on stop_02 than on ttbar",
    },
    ("wgan-gp-bsm", "overall", "wd", 0.005 + FLOOR): {"WGAN-GP has a larger WD on stop_02 than on ttbar"},
    ("plain", "overall", "wd", 0.011 + FLOOR): {"The plain GAN is further from truth than WGAN and WGAN-GP"},
    ("least-squares", "overall", "wd", FLOOR): {"The least-squares GAN is further from truth than WGAN and WGAN-GP"},
    ("wgan", "electron1_phi", "wd", FLOOR): {
        "On ttbar, phi of electrons is uniform in neither",
    },
    ("wgan-gp", "positron1_phi", "wd", 0.05): {
        "On ttbar, phi of positrons is uniform in both",
        "On ttbar, phi of positrons is matched better than that of electrons",
    },
    ("wgan-gp-bsm", "photon1_eta", "wd", FLOOR): {"On stop_02, eta of photons is not matched by either"},
    ("wgan-bsm", "overall", "generation_ms_per_event_batch_1000", 1.0): {
        "WGAN on stop_02: 50 times as fast as the thesis with its 48.103 ms"
    },
}


@pytest.mark.parametrize("planted", WORSE)
def test_one_number_refutes_what_rests_on_it_and_nothing_else(planted):
    experiment, part, metric, value = planted
    metrics = metrics_of_run()
    rows = (metrics["experiment"] == experiment) & (metrics["part_or_feature"] == part)
    metrics.loc[rows & (metrics["metric"] == metric), "value"] = value
    assert refuted(findings(run_of(metrics))) == WORSE[planted]


@pytest.mark.parametrize(
    ("experiment", "part", "quantity", "value", "claims"),
    [
        (
            "wgan-gp",
            "bjet1_eta",
            "central_share",
            0.2,
            {"On ttbar, WGAN-GP pulls eta of the first b-jet to the centre"},
        ),
        ("wgan", "bjet1_eta", "central_share", 0.2, set()),  # the thesis says it of WGAN-GP alone
        ("wgan", "jet2_eta", "central_share", 0.2, {"On ttbar, eta of the second jet is pulled to the centre in both"}),
        ("wgan-bsm", "met", "spread", 0.4, {"On stop_02, MET is broader than in truth in both"}),
        ("wgan", "met", "spread", 0.4, set()),
        (
            *("wgan-gp", "jet1_pt", "mean", 2.0),
            {
                "On ttbar, pt of the first jet is shifted to smaller values in both",
                "On ttbar, WGAN-GP shifts pt of the first jet by more than WGAN",
            },
        ),
        (
            *("wgan-gp-bsm", "bjet2_pt", "spread", 0.6),
            {"On stop_02, WGAN-GP makes pt of the second b-jet too narrow"},
        ),
    ],
)
def test_one_shape_refutes_what_rests_on_it_and_nothing_else(experiment, part, quantity, value, claims):
    def shapes(sample):
        table = shapes_of(sample)
        rows = (table["part_or_feature"] == part) & (table["quantity"] == quantity) & (sample.experiment == experiment)
        return table.assign(generated=table["generated"].where(~rows, value))

    assert refuted(findings(run_of(), shapes)) == claims


def test_processes_are_compared_above_their_floors():
    metrics = metrics_of_run()
    rows = (
        (metrics["experiment"] == "wgan-bsm") & (metrics["part_or_feature"] == "overall") & (metrics["metric"] == "wd")
    )
    metrics.loc[rows, "floor"] = 0.02  # of a WD of 0.023; on ttbar 0.001 of 0.011
    assert refuted(findings(run_of(metrics))) == {"WGAN has a larger WD on stop_02 than on ttbar"}


def test_shape_has_the_numbers_of_both():
    ours, truth = shape_of(run_of().best("wgan", "stop_02"), shapes_of, "met", "spread")
    assert (ours.value, ours.error, truth.value) == (pytest.approx(0.56), 0.004, 0.5)
    text = findings(run_of())["On stop_02, MET is broader than in truth in both"].ours
    assert text.startswith("spread of log10 met: truth 0.5000 ± 0.0040, wgan-bsm 0.5600 ± 0.0040; ")


def test_speed_beside_the_thesis():
    table = speed_table(run_of().all_best(), REFERENCE)
    assert table.index.tolist() == [f"{name} ({entry[1]}) †" for name, entry in BASE.items()]
    assert table.loc["wgan (ttbar) †"].tolist() == ["0.2000 ± 0.0020", "1 000", "47.3", "237"]  # 47.334 / 0.2
    assert table.loc["wgan-gp-bsm (stop_02) †", "published"] == "47.6"  # table 7.2
    assert table.loc["plain (ttbar) †", ["published", "times as fast"]].tolist() == ["–", "–"]
