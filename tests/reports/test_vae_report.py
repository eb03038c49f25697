"""Tables of the report on variational systems, and the report itself as a browser shows it."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from deepcollider.reports.family_tables import (
    beyond_table,
    distances_table,
    gain,
    gains_in_words,
    what_table,
    with_marks,
)
from deepcollider.reports.thesis_tables import best_table, experiment_table
from deepcollider.reports.vae_tables import best_of_thesis, correlations_table
from tests.reports.pages import REFERENCE, ROOT, page_of
from tests.reports.vae_run import BASE, CORRELATIONS, TRUE, entry_of, grid_of, matrices, metrics_of_run, run_of

GENERATED_CORRELATIONS = ROOT / "resources/published_generated_correlations.csv"
ZERO, THREE, MIXTURE = "zero (ttbar) *", "three (ttbar) †", "zero-mixture (ttbar)"


def test_every_experiment_has_a_row_in_their_order():
    table = what_table(run_of().all_best())
    assert [name.split()[0] for name in table.index] == list(BASE)
    assert table.loc[ZERO].tolist() == [
        *("alpha-vae", "true events (test split)", "all", "alpha-0.2", "1 001", "60.0"),
    ]
    assert table.loc[THREE, ["starts from", "events"]].tolist() == ["noise", "few-jets"]
    assert table.loc[MIXTURE, "starts from"] == "mixture of codes"


def test_distances_beside_the_untrained():
    run = run_of()
    row = distances_table(run.all_best(), run).loc[ZERO]
    assert row["WD"] == "0.00700 ± 0.00010" and row["WD / floor"] == "7.00"
    assert row["untrained WD"] == "0.20100 ± 0.00010"
    assert row["untrained / trained"] == "28.71 ± 0.41"  # 0.201 / 0.007
    assert row["IER [%]"] == "1.70 ± 0.10"


def test_gain_has_the_errors_of_both():
    run = run_of()
    sample = run.best("alpha-vae", "ttbar")
    found = gain(sample, run.untrained(sample))
    rng = np.random.default_rng(1)
    ratio = rng.normal(0.201, 1e-4, 100_000) / rng.normal(0.007, 1e-4, 100_000)
    assert found.value == pytest.approx(0.201 / 0.007)
    assert found.error == pytest.approx(ratio.std(), rel=0.02)


def test_gain_that_is_too_small_is_named():
    assert gains_in_words(run_of().all_best(), run_of()).endswith(
        "at least (three (ttbar) †). We aim at 4; all reach it."
    )
    metrics = metrics_of_run()
    rows = (metrics["experiment"] == "two") & (metrics["setting"] == "untrained") & (metrics["metric"] == "wd")
    metrics.loc[rows, "value"] = 3.9 * 0.011
    run = run_of(metrics)
    text = gains_in_words(run.all_best(), run)
    assert "by a factor of 3.90 at least" in text and text.endswith("We aim at 4; too little: two (ttbar).")
    run = run_of(metrics[metrics["setting"] != "untrained"])
    assert gains_in_words(run.all_best(), run) == "The run has no untrained networks to compare with."
    assert distances_table(run.all_best(), run)["untrained WD"].unique().tolist() == ["–"]


def test_whole_events_and_speed_at_the_batch_of_the_thesis():
    table = beyond_table(run_of().all_best())
    assert table.loc[ZERO].tolist() == [
        *("0.900 ± 0.010", "0.100 ± 0.010", "0.0200", "0.500 ± 0.010", "0.3000 ± 0.0030", "1 000"),
    ]
    metrics = metrics_of_run()
    without = metrics[metrics["metric"] != "generation_ms_per_event_batch_1000"]
    assert beyond_table(run_of(without).all_best()).loc[ZERO, ["ms/event", "in batches of"]].tolist() == [
        *("7.000 ± 0.070", "100 000"),
    ]


def test_correlations_of_met_and_jets():
    published = pd.read_csv(GENERATED_CORRELATIONS, dtype={"experiment": str})
    table = correlations_table(run_of().all_best(), published)
    row = table.loc["two (ttbar)"]
    assert row["met – jet1_pt"].tolist() == ["0.000 ± 0.010", "0.3000 ± 0.0091", "5.6e-05"]  # figure 7.53
    assert row["jet1_pt – jet2_pt"].tolist() == ["0.5000 ± 0.0075", "0.7500 ± 0.0044", "0.53"]
    assert table.loc[ZERO, ("jet1_pt – jet2_pt", "published")] == "0.9"  # figure 7.13
    for unpublished in ("two-bsm (stop_02)", "three (ttbar) †"):
        assert table.loc[unpublished, ("met – jet1_pt", "published")] == "–"


def tables_of(names):
    reference = pd.read_csv(REFERENCE)
    return {
        (name, BASE[name][1]): experiment_table(
            metrics_of_run(), name, BASE[name][1], grid_of(name), reference, entry_of(name)["published"]
        )
        for name in names
    }


def best_of(process):
    names = [name for name in BASE if BASE[name][1] == process]
    return best_table(metrics_of_run(), process, {name: entry_of(name) for name in names}, pd.read_csv(REFERENCE))


def test_table_8_1_has_the_experiments_of_the_thesis_with_their_marks():
    table = best_of_thesis(best_of("ttbar"))
    assert table.index.tolist() == ["zero: alpha-0.2 *", "one: alpha-0.3 *", "two: beta-1.5", "three: beta-1.5 †"]
    assert table["WD", "published"].tolist() == ["0.002077", "0.000973", "0.002771", "0.004172"]  # table 8.1
    assert table["WD", "ours"].tolist()[0] == "0.00700 ± 0.00010"


def test_marks_are_in_the_names_of_experiments_and_of_their_tables():
    experiments, tables = with_marks({name: entry_of(name) for name in ("one", "two")}, tables_of(["one", "two"]))
    assert list(experiments) == ["one *", "two"]
    assert list(tables) == [("one *", "ttbar"), ("two", "ttbar")]


@pytest.fixture
def page(tmp_path, monkeypatch):
    """The report on the run as the browser sees it on a desk."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "workflow"))
    metrics_of_run().to_csv("metrics.csv", index=False)
    for (name, _), table in tables_of(BASE).items():
        table.to_csv(f"{name}.csv", index=False)
    best_of("ttbar").to_csv("best-ttbar.csv", index=False)
    for name in BASE:
        matrices(*CORRELATIONS.get(name, TRUE)).to_csv(f"{name}.correlations.csv")
    Image.new("RGB", (800, 600), "teal").save("figure.png")

    def by_setting(path):
        return {n: {BASE[n][1]: {s: path.format(n) for s in grid_of(n)}} for n in BASE}

    parameters = {
        "metrics_path": "metrics.csv",
        "reference_path": str(REFERENCE),
        "published_correlations_path": str(GENERATED_CORRELATIONS),
        "experiments": {name: {**entry_of(name), "tables": {BASE[name][1]: f"{name}.csv"}} for name in BASE},
        "best_tables": {"ttbar": "best-ttbar.csv"},
        "correlations": by_setting("{}.correlations.csv"),
        "figures": {name: ["figure.png"] * 2 for name in ("met", "met_phi")},
        "heatmaps": by_setting("figure.png"),
        "scales": {"what": ["events"], "config.yaml": ["30 000"], "paper.yaml": ["5 412 187"], "of": ["ttbar"]},
    }
    return page_of("vae", parameters)


def test_report(page):
    assert page["images"] == 2 * 2 + len(BASE)
    for text in (
        *("Title of zero", "Of 55 statements:", "reproduced (55): ", "all reach it", "unfair to the latter"),
        *("starts from events of the test split", "VAE thesis, table 7.1 (ttbar)", "zero *: alpha-0.2", "0.002077"),
        *("VAE thesis, table 7.5 (stop_02)", "three-bsm †: beta-1.5", "table 8.1: the best of each experiment"),
        *("reproduced: Experiment II: WD falls with beta", "unfair: zero starts from true events"),
        *("met phi, all experiments", "5 412 187", "Fisher"),
    ):
        assert text in page["text"], text
    assert "GAN thesis" not in page["text"]
