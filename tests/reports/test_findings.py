"""What the reports say in words must follow the numbers: each verdict is brought about by hand."""

import pandas as pd
import pytest

from deepcollider.reports.findings import findings
from tests.reports.conftest import SETTINGS

GRID = SETTINGS[:2]


def text_of(metrics, best="beta-1.5", grid=GRID) -> str:
    return "\n".join(findings(metrics, grid, best))


def changed(metrics, metric, setting="beta-1.5", **columns):
    """The metrics with one overall number of a setting changed."""
    chosen = (metrics["metric"] == metric) & (metrics["setting"] == setting) & (metrics["part_or_feature"] == "overall")
    assert chosen.sum() == 1
    metrics = metrics.copy()
    for column, value in columns.items():
        metrics.loc[chosen, column] = value
    return metrics


def test_every_question_has_its_sentence(metrics):
    text = text_of(metrics)
    assert "The best setting is `beta-1.5`" in text and "(0.01200 ± 0.00040)" in text
    assert "its overall WD is 0.01235 ± 0.00040, 1.2 times the floor: by this number further off than truth" in text
    assert "AUC of 0.8120 ± 0.0050 (classifier by kind: objects ranked within their kind" in text
    assert "and of 0.8300 ± 0.0050 (classifier by pt: objects ranked by pt across kinds" in text
    assert "Boosted trees tell generated from true events, 6 300 a side, with" in text
    assert "difference that single histograms hide is found by the classifier by kind and by that by pt." in text
    assert "Correlations are off by 0.300 ± 0.010" in text
    assert "probability 0.495 ± 0.010" in text and "no sign of memorisation" in text
    assert "4.55 ± 0.40 % of generated events" in text and "most often: low pt (3.00 %)" in text
    assert "In batches of 1000, generation takes 0.0500 ± 0.0010 ms" in text and "225 times as long" in text
    assert "Training took 5.50 minutes" in text


def test_a_choice_by_likelihood_is_said_to_be_so(metrics):
    losses = metrics[(metrics["metric"] == "validation_wd") & metrics["setting"].isin(GRID)]
    losses = losses.assign(metric="validation_loss", value=[28.75, 28.5], error=float("nan"), floor=float("nan"))
    text = text_of(pd.concat([metrics, losses]))
    assert "is `beta-1.5`, by the likelihood" in text and "28.500, with the next one 28.750" in text
    assert "by the smallest overall WD" in text_of(pd.concat([metrics, losses[1:]]))
    assert "by the smallest overall WD" in text_of(pd.concat([metrics, losses.assign(value=28.5)]))


def test_best_setting_by_chance_is_said_to_be_so(metrics):
    assert "the others are more than 2 standard errors away" in text_of(metrics)
    near = changed(metrics, "validation_wd", "beta-0.5", value=0.0125)
    assert "`beta-0.5` within 2 standard errors: the order may be chance" in text_of(near)
    assert "The only setting is `beta-1.5`" in text_of(metrics, grid=["beta-1.5"])
    # without errors of their own: those of the WD to test events, 0.001 and 0.0004
    without = changed(metrics, "validation_wd", error=float("nan"))
    far = changed(without, "validation_wd", "beta-0.5", value=0.0142, error=float("nan"))
    assert "(0.0120); the others are more than 2 standard errors away" in text_of(far)
    near = changed(far, "validation_wd", "beta-0.5", value=0.0141)
    assert "`beta-0.5` within 2 standard errors" in text_of(near)
    unknown = text_of(changed(far, "validation_wd", "beta-0.5", value=float("nan")))
    assert "validation events (0.0120).\n" in unknown


def test_distance_at_the_floor(metrics):
    """What would have been seen: the floor of 0.01 and 3.645 errors of 0.0004."""
    text = text_of(changed(metrics, "wd", value=0.0105))
    assert "no difference beyond 2 standard errors; with 95% probability they would, were it 0.0115 or more" in text
    assert "not to be told" not in text and "by this number" not in text


@pytest.mark.parametrize(
    ("auc", "wd", "words"),
    [
        (0.505, 0.011, "1 always: no difference beyond 2 standard errors. How small a fault they would find"),
        (0.6, 0.011, "1 always: a difference that single histograms hide is found by the classifier by kind."),
        (0.6, 0.03, "1 always: a difference is found by the classifier by kind."),
    ],
)
def test_classifier(metrics, auc, wd, words):
    blind = changed(metrics, "c2st_ordered_auc", value=0.507)
    assert words in text_of(changed(changed(blind, "c2st_auc", value=auc), "wd", value=wd))


def test_one_classifier_that_sees_something_is_enough(metrics):
    text = text_of(changed(metrics, "c2st_auc", value=0.505))
    assert "is found by the classifier by pt." in text and "no difference" not in text.split("Boosted trees")[1]


def test_no_difference_is_said_with_what_would_be_seen(metrics):
    blind = changed(changed(metrics, "c2st_ordered_auc", value=0.507), "c2st_auc", value=0.505)
    shifts = {"jets": 0.042, "met": 0.0885, "balance": float("nan")}
    text = "\n".join(findings(blind, GRID, "beta-1.5", shifts))
    assert "with 95% probability at this size, jets softer by 4.20 %, MET larger by 8.85 %" in text
    assert "not found was the balance larger. What is smaller stays unseen." in text


def test_memorisation_is_named(metrics):
    share = "memorisation_nearer_train"
    assert "a sign of memorisation" in text_of(changed(metrics, share, value=0.53)).replace("no sign", "")
    assert "no sign of memorisation" in text_of(changed(metrics, share, value=0.51))
    # events that are more typical than true ones are near to any events, not to the training events alone
    assert "no sign of memorisation" in text_of(changed(metrics, "memorisation_auc", value=0.7))


def test_events_far_from_all_true_ones_are_no_sign_of_memorisation(metrics):
    text = text_of(changed(metrics, "memorisation_auc", value=0.4))
    assert "no sign of memorisation, but further from true events than those from each other" in text


@pytest.mark.parametrize(("contrast", "words"), [(0.1, "(truth 1.10), no significant peak."), (0.9, "(truth 1.10).")])
def test_peaks(metrics, contrast, words):
    row = {"setting": "beta-1.5", "part_or_feature": "w_candidate", "metric": "peak_contrast"}
    row |= {"value": contrast, "error": 0.06, "floor": 1.1}
    assert words in text_of(pd.concat([metrics, pd.DataFrame([row])]))
    assert "peaks" not in text_of(pd.concat([metrics, pd.DataFrame([row | {"floor": float("nan")}])]))


def test_what_was_not_measured_is_not_spoken_of(metrics):
    assert findings(metrics[metrics["metric"] == "kl"], GRID, "beta-1.5") == []
    only = metrics[metrics["metric"].isin(["wd", "ier"])]
    first, second = findings(changed(only, "wd", floor=float("nan")), GRID, "beta-1.5")
    assert first == "Against true events its overall WD is 0.01235 ± 0.00040."
    assert second == "4.55 ± 0.40 % of generated events break a condition that true events keep."


def test_no_errors_no_significance(metrics):
    text = text_of(metrics.assign(error=float("nan")))
    assert "its overall WD is 0.0123, 1.2 times the floor." in text
    assert "AUC of 0.812" in text
    for verdict in ("standard errors", "finds", "sign of memorisation", "by this number"):
        assert verdict not in text
