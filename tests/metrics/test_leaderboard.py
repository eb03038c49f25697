"""Choice of the best setting and the leaderboard, on tables made by hand."""

import numpy as np
import pandas as pd
import pytest

from deepcollider.metrics.leaderboard import best_settings, leaderboard, read_metrics

COLUMNS = ["experiment", "system", "process", "setting", "part_or_feature", "metric", "value", "error", "floor"]
SIZES = {"n_generated": 200, "n_truth": 300}
FROM_NOISE = {"starts_from_truth": False, "seeds": "", "selection": ""}
FROM_TRUTH = {"starts_from_truth": True, "seeds": "train", "selection": ""}


def tidy(*samples):
    """Tidy table of samples (experiment, system, process, setting, {metric: (value, error, floor) or value})."""
    rows = []
    for *identity, metrics in samples:
        for metric, numbers in metrics.items():
            value, error, floor = numbers if isinstance(numbers, tuple) else (numbers, np.nan, np.nan)
            rows.append((*identity, "overall", metric, value, error, floor))
        rows.append((*identity, "jet1_pt", "validation_wd", 0.0, 0.0, 0.0))  # of a feature: nobody may take it
    return pd.DataFrame(rows, columns=COLUMNS).assign(**SIZES)


def choice(**validation):
    """Best of settings of one experiment with these values of the criterion."""
    table = tidy(*(("e", "s", "p", name, {"validation_wd": value}) for name, value in validation.items()))
    return best_settings(table)["e", "p"]


def test_best_is_chosen_on_validation_not_on_test():
    table = tidy(
        ("e", "s", "p", "a", {"wd": 0.1, "validation_wd": 0.3}),
        ("e", "s", "p", "b", {"wd": 0.2, "validation_wd": 0.2}),
        ("e", "s", "p", "c", {"wd": 0.3, "validation_wd": 0.4}),
    )
    assert best_settings(table)["e", "p"] == "b"
    assert leaderboard(table, {"e": FROM_NOISE})["wd"].tolist() == [0.2]


def test_the_untrained_baseline_cannot_win():
    assert choice(a=0.3, untrained=0.1, b=0.2) == "b"


def test_what_is_not_a_number_cannot_win():
    assert choice(a=np.nan, b=0.5, c=0.6) == "b"


def test_of_equal_ones_the_first_wins():
    assert choice(b=0.5, c=0.6, a=0.5) == "b"


def test_rows_may_share_their_labels():
    table = tidy(("e", "s", "p", "a", {"validation_wd": 0.3}), ("e", "s", "p", "b", {"validation_wd": 0.2}))
    table.index = [0] * len(table)
    assert best_settings(table)["e", "p"] == "b"


def test_networks_with_a_likelihood_are_chosen_by_it():
    known = {"a": (0.1, 28.7), "b": (0.2, 28.6), "c": (0.15, 28.6), "untrained": (0.05, 27.0)}
    values = {name: {"validation_wd": wd, "validation_loss": loss} for name, (wd, loss) in known.items()}
    table = tidy(*(("e", "s", "p", name, metrics) for name, metrics in values.items()))
    assert best_settings(table)["e", "p"] == "c"  # of two that are equally likely, the one of smaller distance
    unknown = tidy(
        *(("e", "s", "p", name, metrics) for name, metrics in {**values, "d": {"validation_wd": 0.3}}.items())
    )
    assert best_settings(unknown)["e", "p"] == "a"
    of_other = tidy(*(("e", "s", "q", name, {"validation_wd": wd}) for name, (wd, _) in known.items()))
    assert best_settings(pd.concat([table, of_other])).to_dict() == {("e", "p"): "c", ("e", "q"): "a"}


@pytest.mark.parametrize("settings", [{"a": np.nan}, {"untrained": 0.1}, {"a": np.nan, "untrained": 0.1}])
def test_no_candidate_is_an_error_that_names_the_sample(settings):
    table = tidy(
        ("other", "s", "p", "a", {"validation_wd": 0.1}),
        *(("e", "s", "p", name, {"wd": 0.1, "validation_wd": value}) for name, value in settings.items()),
    )
    with pytest.raises(ValueError, match="e, p: no trained setting has a validation_wd"):
        best_settings(table)


def test_each_experiment_and_process_has_its_own_best():
    table = tidy(
        ("y", "s", "ttbar", "a", {"validation_wd": 0.1}),
        ("y", "s", "ttbar", "b", {"validation_wd": 0.2}),
        ("y", "s", "stop_02", "a", {"validation_wd": 0.2}),
        ("y", "s", "stop_02", "b", {"validation_wd": 0.1}),
        ("x", "s", "ttbar", "c", {"validation_wd": 0.9}),
    )
    best = best_settings(table)
    assert list(best.items()) == [(("y", "ttbar"), "a"), (("y", "stop_02"), "b"), (("x", "ttbar"), "c")]


def test_leaderboard_takes_the_best_of_all_experiments_of_a_system():
    table = tidy(
        ("first", "s", "p", "a", {"wd": (0.10, 0.01, 0.05), "validation_wd": 0.30}),
        ("second", "s", "p", "a", {"wd": (0.12, 0.02, 0.04), "validation_wd": 0.25}),
        ("second", "s", "p", "untrained", {"wd": (0.01, 0.02, 0.04), "validation_wd": 0.01}),
        ("third", "t", "p", "b", {"wd": (0.05, 0.01, 0.05), "validation_wd": 0.90}),
        ("third", "t", "another", "b", {"wd": (0.50, 0.10, 0.05), "validation_wd": 0.90}),
    )
    board = leaderboard(table, {"first": FROM_NOISE, "second": FROM_NOISE, "third": FROM_TRUTH})
    identity = board[["process", "system", "experiment", "setting", "starts_from_truth"]]
    assert identity.to_numpy().tolist() == [
        ["another", "t", "third", "b", True],
        ["p", "t", "third", "b", True],
        ["p", "s", "second", "a", False],
    ]
    assert board["wd_over_floor"].tolist() == pytest.approx([10, 1, 3])
    assert board["wd_over_floor_error"].tolist() == pytest.approx([2, 0.2, 0.5])
    assert board[["n_generated", "n_truth"]].to_numpy().tolist() == [[200, 300]] * 3


NAMED_BY_CONTRACT = {
    "wd": "wd", "js_distance": "js_distance", "js_divergence": "js_divergence", "kl": "kl", "c2st_auc": "c2st_auc",
    "fpd": "fpd", "kpd": "kpd", "precision": "precision", "recall": "recall", "density": "density",
    "coverage": "coverage", "ier": "ier", "correlation_distance": "correlation_distance",
    "memorisation_auc": "memorisation_auc", "memorisation_nearer_train": "memorisation_nearer_train",
    "validation_wd": "validation_wd",
}  # fmt: skip


def test_every_metric_comes_with_its_error_and_floor():
    numbers = {metric: (i + 0.25, i + 0.5, i + 0.75) for i, metric in enumerate(NAMED_BY_CONTRACT)}
    costs = {
        "generation_ms_per_event": (0.5, 0.1, np.nan),
        "mc_ms_per_event": (11.0, 0.2, np.nan),
        "parameters": 1234,
        "training_seconds": 60.0,
    }
    (row,) = leaderboard(tidy(("e", "s", "p", "a", numbers | costs)), {"e": FROM_NOISE}).to_dict("records")
    for metric, name in NAMED_BY_CONTRACT.items():
        assert (row[name], row[f"{name}_error"], row[f"{name}_floor"]) == numbers[metric]
    assert (row["ms_per_event"], row["ms_per_event_error"]) == (0.5, 0.1)
    assert (row["mc_ms_per_event"], row["mc_ms_per_event_error"]) == (11.0, 0.2)
    assert (row["parameters"], row["training_seconds"]) == (1234, 60.0)
    without_floor = {"ms_per_event_floor", "mc_ms_per_event_floor", "parameters_floor", "training_seconds_floor"}
    assert not without_floor & set(row)
    wd = list(row).index("wd")
    assert list(row)[wd : wd + 5] == ["wd", "wd_error", "wd_floor", "wd_over_floor", "wd_over_floor_error"]


def test_the_classifier_that_finds_more_stands_in_the_leaderboard_and_is_named():
    of_kind, by_pt = {"c2st_auc": (0.51, 0.01, 0.49)}, {"c2st_ordered_auc": (0.54, 0.02, 0.50)}
    wd = {"validation_wd": 0.1}
    table = tidy(
        ("e", "s", "p", "a", wd | of_kind | by_pt),
        ("f", "t", "p", "a", wd | of_kind),
        ("g", "u", "p", "a", wd | by_pt | {"c2st_auc": (0.60, 0.01, 0.49)}),
        ("h", "v", "p", "a", wd | of_kind | {"c2st_ordered_auc": (np.nan, np.nan, np.nan)}),
        ("i", "w", "p", "a", wd),
    )
    board = leaderboard(table, dict.fromkeys("efghi", FROM_NOISE)).set_index("experiment")
    shown = board[["c2st_auc", "c2st_auc_error", "c2st_auc_floor", "c2st_classifier"]].to_numpy().tolist()
    by_kind = [0.51, 0.01, 0.49, "by kind"]
    assert shown[:4] == [[0.54, 0.02, 0.50, "by pt"], by_kind, [0.60, 0.01, 0.49, "by kind"], by_kind]
    assert np.isnan(board.loc["i", "c2st_auc"]) and board.loc["i", "c2st_classifier"] == ""
    assert board["c2st_events"].tolist()[:4] == [200] * 4 and np.isnan(board.loc["i", "c2st_events"])


def test_what_was_not_measured_is_an_empty_cell_in_the_same_columns():
    complete = leaderboard(tidy(("e", "s", "p", "a", dict.fromkeys(NAMED_BY_CONTRACT, 1.0))), {"e": FROM_NOISE})
    sparse = tidy(
        ("e", "s", "p", "a", {"validation_wd": 0.1}),
        ("f", "t", "p", "a", {"validation_wd": 0.1, "wd": (0.2, 0.1, 0.1)}),
    )
    board = leaderboard(sparse, {"e": FROM_NOISE, "f": FROM_NOISE})
    assert board.columns.tolist() == complete.columns.tolist()
    assert board["system"].tolist() == ["t", "s"]  # without a ratio: last
    assert np.isnan(board.loc[1, "wd"]) and np.isnan(board.loc[1, "c2st_auc_floor"])


def test_a_number_that_is_there_twice_is_an_error():
    table = tidy(("e", "s", "p", "a", {"validation_wd": 0.1, "wd": 0.2}))
    with pytest.raises(ValueError, match="twice: validation_wd, wd"):
        leaderboard(pd.concat([table, table]), {"e": FROM_NOISE})


def test_traits_are_those_of_the_experiment_that_won():
    table = tidy(
        ("of-test", "s", "p", "a", {"wd": 0.1, "validation_wd": 0.3}),
        ("of-train", "s", "p", "a", {"wd": 0.2, "validation_wd": 0.2}),
        ("few-jets", "t", "p", "a", {"wd": 0.3, "validation_wd": 0.4}),
    )
    traits = {
        "of-test": {**FROM_TRUTH, "seeds": "test"},
        "of-train": FROM_TRUTH,
        "few-jets": {**FROM_NOISE, "selection": "few-jets"},
    }
    board = leaderboard(table, traits).set_index("system")[["starts_from_truth", "seeds", "selection"]]
    assert board.loc["s"].tolist() == [True, "train", ""]
    assert board.loc["t"].tolist() == [False, "", "few-jets"]


def test_names_that_look_like_numbers_stay_text(tmp_path):
    tidy(("007", "s", "p", "1", {"validation_wd": 0.1})).to_csv(tmp_path / "metrics.csv", index=False)
    table = read_metrics(tmp_path / "metrics.csv")
    assert table[["experiment", "setting"]].drop_duplicates().to_numpy().tolist() == [["007", "1"]]
    assert table["value"].tolist() == [0.1, 0.0]
