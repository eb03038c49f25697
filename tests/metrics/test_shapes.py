"""Shapes of features: against scipy, against the scatter of repeated samples, and on planted defects."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from deepcollider.metrics.shapes import central_share, mean, shapes, spread
from deepcollider.physics.kinds import BY_NAME


def row(table: pd.DataFrame, part: str, quantity: str) -> pd.Series:
    (found,) = table[(table["part_or_feature"] == part) & (table["quantity"] == quantity)].to_dict("records")
    return found


def test_values_on_numbers_made_by_hand():
    values = np.array([-3.0, -0.4, 0.1, 0.5, 1.3])
    assert mean(values)[0] == pytest.approx(-0.3)
    assert spread(values)[0] == pytest.approx(np.sqrt((2.7**2 + 0.1**2 + 0.4**2 + 0.8**2 + 1.6**2) / 5))
    assert central_share(values) == (0.4, pytest.approx(np.sqrt(0.4 * 0.6 / 5)))  # 0.5 is outside


@pytest.mark.parametrize("draw", [stats.norm(1, 2).rvs, stats.uniform(-2, 4).rvs, stats.expon(0, 0.5).rvs])
@pytest.mark.parametrize("estimate", [mean, spread, central_share])
def test_errors_are_the_scatter_of_repeated_samples(draw, estimate):
    found = np.array([estimate(draw(400, random_state=seed)) for seed in range(400)])
    assert np.mean(found[:, 1]) == pytest.approx(np.std(found[:, 0]), rel=0.12)


@pytest.mark.parametrize("estimate", [mean, spread, central_share])
def test_nothing_is_no_number(estimate):
    assert np.isnan(estimate(np.zeros(0))).all()


def test_of_one_value_there_is_no_error():
    assert np.isnan(mean(np.ones(1))).all() and np.isnan(spread(np.ones(1))).all()
    assert np.isnan(spread(np.ones(9))[1])


def test_truth_against_truth_is_compatible(random_events):
    table = shapes(random_events(3000, seed=1), random_events(3000, seed=2))
    pull = (table["generated"] - table["truth"]) / np.hypot(table["generated_error"], table["truth_error"])
    assert len(pull.dropna()) > 80 and np.abs(pull).max() < 4.5 and np.std(pull) < 1.4


def test_planted_defects_are_seen(random_events):
    truth, pulled = random_events(3000, seed=1), random_events(3000, seed=2)
    jets = pulled.objects["kind"] == BY_NAME["jet"].code
    pulled.objects["eta"][jets] *= 0.7
    pulled.objects["pt"][jets] *= 0.9
    pulled.events["met"] = np.exp(1.3 * np.log(pulled.events["met"]))
    table = shapes(pulled, truth)
    eta, pt, met = (
        row(table, *each) for each in (("jet1_eta", "central_share"), ("jet1_pt", "mean"), ("met", "spread"))
    )
    assert (eta["generated"] - eta["truth"]) / np.hypot(eta["generated_error"], eta["truth_error"]) > 4
    assert pt["generated"] - pt["truth"] == pytest.approx(np.log10(0.9), abs=4 * pt["truth_error"])
    assert met["generated"] / met["truth"] == pytest.approx(1.3, rel=0.05)
    same = row(table, "bjet1_eta", "central_share")
    assert abs(same["generated"] - same["truth"]) < 4 * np.hypot(same["generated_error"], same["truth_error"])


def test_one_row_a_feature_and_quantity(random_events):
    events = random_events(50, seed=3)
    table = shapes(events, events)
    assert not table.duplicated(["part_or_feature", "quantity"]).any()
    assert set(table["quantity"]) == {"mean", "spread", "central_share"}
    of_eta = table[table["quantity"] == "central_share"]["part_or_feature"]
    assert of_eta.str.endswith("_eta").all() and len(of_eta) == 11
    assert not table["part_or_feature"].isin(["total_energy", "n_jet", "ht"]).any()
    assert row(table, "met", "mean")["n_truth"] == 50
