"""Tables and words of the overview and of the report on new physics, on a leaderboard made by hand."""

import numpy as np

from deepcollider.reports.bsm_tables import change_finding, change_table, systems_on_both
from deepcollider.reports.overview_tables import leaderboard_table, legend_of_marks, reading


def test_leaderboard_of_a_process(board):
    table = leaderboard_table(board[board["process"] == "ttbar"])
    assert table.columns.tolist() == ["floor", "vae", "gan"]
    assert table.loc["WD"].tolist() == ["0.0100", "0.0200 ± 0.0010", "0.0300 ± 0.0010"]
    assert table.loc["WD / floor"].tolist() == ["", "2.00", "3.00"]
    assert table.loc["C2ST AUC"].tolist() == ["0.500", "0.8000 ± 0.0050", "0.7000 ± 0.0050"]
    assert table.loc["C2ST classifier"].tolist() == ["", "by pt", "by pt"]
    assert table.loc["C2ST events a side"].tolist() == ["", "6 300", "6 300"]
    assert table.loc["IER [%]"].tolist() == ["0", "4.00 ± 0.30", "4.00 ± 0.30"]
    assert table.loc["Monte Carlo / ours"].tolist() == ["", "200", "100"]
    assert table.loc["parameters", "vae"] == "1 234 567"
    assert table.loc["setting"].tolist() == ["", "beta-1.5", "default"]
    assert not {"FPD", "KPD", "JS distance", "JS distance / floor"} & set(table.index)  # not measured


def test_systems_that_start_from_truth_are_marked(board, powers):
    first = board.iloc[:1].assign(starts_from_truth=True)
    assert leaderboard_table(first).columns.tolist() == ["floor", "vae *"]
    assert reading(first, powers).startswith(r"Nearest to truth in single histograms: `vae` (two, beta-1.5) \*.")


def test_what_a_row_starts_from_and_what_it_selects(board):
    rows = board.iloc[:2].assign(starts_from_truth=[True, False], seeds=["train", ""], selection=["", "few-jets"])
    table = leaderboard_table(rows)
    assert table.columns.tolist() == ["floor", "vae *", "gan †"]
    assert table.loc["true events to start from"].tolist() == ["", "train", ""]
    assert table.loc["selection of events"].tolist() == ["", "", "few-jets"]
    first, second = legend_of_marks(rows)
    assert first.startswith(r"\* starts from events of the train split") and "unfair" in first
    assert second.startswith("† makes a selection of events only (few-jets)")


def test_what_a_file_left_empty_is_no_trait(board):
    rows = board.iloc[:1].assign(seeds=np.nan, selection=np.nan)
    table = leaderboard_table(rows)
    assert table.columns.tolist() == ["floor", "vae"] and "selection of events" not in table.index
    assert legend_of_marks(rows) == []


def test_reading_names_the_nearest_the_fastest_and_who_deceives_the_classifier(board, powers):
    text = reading(board[board["process"] == "ttbar"], powers)
    assert text.startswith("Nearest to truth in single histograms: `vae` (two, beta-1.5).")
    assert "0.0200 ± 0.0010, 2.0 times the floor: by this number further off than truth is" in text
    assert "For the classifiers, `gan` (g, default) is nearer: AUC 0.7000 ± 0.0050, by pt." in text
    assert "Of two classifiers the one that finds more: Boosted trees tell generated from true events, 6 300 a" in text
    assert "is found by the classifier by pt" in text
    assert "Fastest: `vae` (two, beta-1.5) with 0.0500 ms" in text and "200 times as long" in text
    assert "For the classifiers" not in reading(board.iloc[:1], powers)


def test_reading_that_finds_nothing_says_what_it_would_find(board, powers):
    text = reading(board.iloc[:1].assign(c2st_auc=0.505), powers)
    assert "at this size, jets softer by 1.00 %, MET larger by 8.00 %; not found was the balance larger" in text
    elsewhere = reading(board.iloc[:1].assign(c2st_auc=0.505, c2st_events=5000.0), powers)
    assert "How small a fault they would find at this size was not measured." in elsewhere


def test_reading_of_little(board, powers):
    nothing = board.iloc[:1].assign(c2st_auc=np.nan, c2st_classifier=np.nan, mc_ms_per_event=np.nan, wd_floor=np.nan)
    assert reading(nothing, powers).endswith("Against true events its overall WD is 0.0200 ± 0.0010.")


def test_systems_with_a_signal_and_what_they_have_beside_it(board):
    ((system, rows),) = systems_on_both(board, ["stop_02"], ["ttbar"])
    assert system == "vae"
    assert rows["process"].tolist() == ["ttbar", "stop_02"]


def test_change_from_top_pairs_to_a_signal(board):
    ((_, rows),) = systems_on_both(board, ["stop_02"], ["ttbar"])
    table = change_table(rows)
    assert table.columns.tolist() == [(p, what) for p in ("ttbar", "stop_02") for what in ("value", "floor")]
    assert table.loc["WD"].tolist() == ["0.0200 ± 0.0010", "0.0100", "0.0400 ± 0.0010", "0.0200"]
    assert table.loc["WD / floor", "stop_02"].tolist() == ["2.00", ""]
    assert "FPD" not in table.index
    text = change_finding(rows.iloc[0], rows.iloc[1])
    assert text.startswith("From `ttbar` to `stop_02`:")
    assert "- Larger: WD (0.0200 ± 0.0010 → 0.0400 ± 0.0010)." in text
    assert "- Smaller: IER [%] (4.00 ± 0.30 → 2.00 ± 0.30)." in text
    assert "- Alike within 2 standard errors: C2ST AUC, precision." in text


def test_signal_without_a_background_or_numbers(board):
    signal = board[board["process"] == "stop_02"]
    assert [len(rows) for _, rows in systems_on_both(signal, ["stop_02"], [])] == [1]
    errors = [column for column in board if column.endswith("_error")]
    without = board.assign(**dict.fromkeys(errors, np.nan))
    assert change_finding(without.iloc[0], without.iloc[2]) == ""
