"""The report on the autoregressive mixture: its tables by hand, and the page as a browser shows it."""

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from deepcollider.figures.scale_curve import PANELS, draw_scale_curve
from deepcollider.metrics.efficiency import COLUMNS as TABLE_COLUMNS
from deepcollider.metrics.leaderboard import leaderboard
from deepcollider.metrics.overall import MEMBERS
from deepcollider.reports import flagship_tables
from deepcollider.reports.generated_samples import Samples
from tests.reports.pages import ROOT, page_of

TRAITS = {"starts_from_truth": False, "seeds": "", "selection": ""}
SYSTEM = "autoregressive-mixture"
BASE = {  # experiment: (process, condition, {setting: (training events, parameters, WD / floor, C2ST)})
    "main": ("ttbar", None, {"width-112": (72000, 341000, 1.1, 0.512), "width-56": (72000, 98000, 1.4, 0.53)}),
    "few": ("ttbar", None, {"width-112": (5000, 341000, 2.4, 0.60), "width-56": (5000, 98000, 2.2, 0.58)}),
    "joint": ("ttbar", "process", {"default": (80000, 343000, 1.2, 0.515)}),
    "chosen": ("ttbar", None, {"default": (72000, 341000, 1.15, 0.505)}),
    "small": ("ww", None, {"default": (1920, 341000, 3.0, 0.65)}),
}
NETWORKS = {"chosen": {"default": "main/width-112"}}
SHIFTED = {"peak_position": (81.0, 0.5, 82.0, 1.0, 0.6)}
"""Of the W: value, error, floor; difference from truth and its error."""


def rows_of(name: str) -> list[tuple]:
    process, _, settings = BASE[name]
    rows = []
    for setting, (events, parameters, over_floor, c2st) in settings.items():
        overall = {
            **{"wd": (0.004 * over_floor, 2e-4, 0.004), "validation_wd": (0.004 * over_floor, np.nan, 0.004)},
            **{
                "c2st_auc": (c2st, 0.005, 0.5),
                "c2st_ordered_auc": (c2st - 0.01, 0.005, 0.5),
                "correlation_distance": (0.03, 0.003, 0.025),
                "ier": (0.0, 0.0, 0.0),
            },
            **{"memorisation_nearer_train": (0.5, 0.01, 0.5), "parameters": (parameters, np.nan, np.nan)},
            **{"training_rows": (events, np.nan, np.nan), "training_seconds": (60.0, np.nan, np.nan)},
            **{"generation_ms_per_event_batch_1000": (0.09, 1e-3, np.nan)},
            **{"generation_ms_per_event_batch_100000": (0.06, 1e-3, np.nan)},
            **dict.fromkeys(("js_distance", "kl"), (0.1, 0.01, 0.1)),
        }
        features = {feature: (0.006, 3e-4, 0.004) for names in MEMBERS.values() for feature in names}
        features |= {"photon1_phi": (0.014, 3e-4, 0.004), "m_jj": (0.009, 3e-4, 0.004)}
        found = {("overall", metric): row for metric, row in overall.items()}
        found |= {(feature, "wd"): row for feature, row in features.items()}
        value, error, floor, shift, of_shift = SHIFTED["peak_position"]
        found |= {("w_candidate", "peak_position"): (value, error, floor)}
        found |= {("w_candidate", "peak_position_shift"): (shift, of_shift, 0.3)}
        rows += [(name, SYSTEM, process, setting, *key, *row) for key, row in found.items()]
    return rows


@pytest.fixture
def metrics():
    columns = ["experiment", "system", "process", "setting", "part_or_feature", "metric", "value", "error", "floor"]
    table = pd.DataFrame([row for name in BASE for row in rows_of(name)], columns=columns)
    return table.assign(n_generated=20400, n_truth=20400)


@pytest.fixture
def experiments():
    return {
        name: {
            **{"title": f"Title of {name}", "system": SYSTEM, "published": None, "condition": condition},
            **{
                "settings": {setting: {} for setting in settings},
                "networks": NETWORKS.get(name, {}),
                "starts_from": "noise",
                **TRAITS,
            },
        }
        for name, (_, condition, settings) in BASE.items()
    }


@pytest.fixture
def run(metrics, experiments):
    return Samples(metrics, experiments)


def test_aims(run):
    table = flagship_tables.aims_table(run.all_best()[0])
    verdicts = table["reached"]
    assert verdicts["overall WD / floor"] == verdicts["invalid event rate [%]"] == "yes"
    assert table.loc["overall WD / floor", "found"] == "1.100 ± 0.050"
    assert verdicts["largest WD / floor of a feature"] == "NO"
    assert table.loc["largest WD / floor of a feature", "found"] == "3.500 ± 0.075 (photon1_phi)"
    assert verdicts["classifier two-sample test, larger AUC of two"] == "yes"
    assert verdicts["WD / floor of m_jj"] == "NO"  # 2.25
    assert verdicts["WD / floor of ht"] == "–"  # not measured
    assert verdicts["W peak: position [GeV], standard errors from truth"] == "yes"
    assert table.loc["W peak: position [GeV], standard errors from truth", "found"] == "1.67 (81.00 ± 0.50; floor 82.0)"
    assert table.loc["generation [ms/event]", "found"] == "0.0600 ± 0.0010 in batches of 100 000"
    assert verdicts["generation [ms/event]"] == "NO"


def board_of(metrics, experiments, **others):
    """A leaderboard with further systems, by their WD over the floor."""
    more = [
        metrics[metrics["experiment"] == "main"].assign(
            experiment=name,
            system=name,
            value=lambda table, ratio=ratio: np.where(
                table["metric"].isin(["wd", "validation_wd"]), 0.004 * ratio, table["value"]
            ),
        )
        for name, ratio in others.items()
    ]
    traits = dict.fromkeys((*experiments, *others), TRAITS)
    return leaderboard(pd.concat([metrics, *more]), traits)


@pytest.mark.parametrize(
    ("other", "words"), [(3.1, "by a factor of 21.0, as we aim at (10)"), (1.6, "6.00, less than")]
)
def test_closeness(metrics, experiments, other, words):
    board = board_of(metrics, experiments, wgan=other, worse=9.0)
    text = flagship_tables.closeness_in_words(board, [SYSTEM], "ttbar")
    assert words in text and "wgan, has" in text


def test_closeness_counts_no_system_that_starts_from_truth(metrics, experiments):
    board = board_of(metrics, experiments, wgan=3.1)
    board.loc[board["system"] == "wgan", "starts_from_truth"] = True
    assert "no other systems" in flagship_tables.closeness_in_words(board, [SYSTEM], "ttbar")


def test_joint_beside_alone(run):
    """The network of the process alone is the one with most training events; ww has no joint one."""
    table = flagship_tables.joint_table(run)
    assert list(table.index) == [("ttbar", "alone"), ("ttbar", "with others")]
    assert table["experiment"].tolist() == ["main", "joint"]
    assert table["WD / floor"].tolist() == ["1.100 ± 0.050", "1.200 ± 0.050"]


def test_aims_are_asked_of_all_samples_of_the_same_networks(run):
    samples = flagship_tables.of_same_networks(run.all_best())
    assert [sample.experiment for sample in samples] == ["main", "chosen"]


def test_scale_is_in_order_and_without_joint_networks(run):
    samples = flagship_tables.scale_samples(run, "ttbar")
    assert [(sample.experiment, sample.setting) for sample in samples] == [
        *(("few", "width-56"), ("few", "width-112")),
        *(("main", "width-56"), ("main", "width-112")),
    ]
    assert flagship_tables.scale_table(samples)["training events"].tolist() == ["5 000", "5 000", "72 000", "72 000"]


@pytest.fixture
def studies(tmp_path, monkeypatch):
    """The working directory is one with tables of all studies."""
    monkeypatch.chdir(tmp_path)
    rows = [("generated", "1400 / 100", 0.55), ("gluino_02", "1200 / 100", 0.71), ("floor", "1400 / 100", 0.5)]
    masses = pd.DataFrame(rows, columns=["sample", "masses", "c2st_auc"])
    masses = masses.assign(
        experiment="masses", process="gluino_03", n=1360, wd=0.01, c2st_auc_error=0.01, c2st_classifier="by pt"
    )
    masses.to_csv("masses.csv", index=False)
    anomaly = pd.DataFrame({"sample": "Zp_01", "detector": ["met", "main"], "AUC": [0.9, 0.98], "AUC error": 0.002})
    assert set(anomaly) < set(TABLE_COLUMNS)
    anomaly.assign(**{"eff@1e-2": 0.5, "eff@1e-3": np.nan}).to_csv("anomaly.csv", index=False)
    rows = [("met", "training", 5000, 4000.0), ("met", "generated", 1000, 900.0), ("met", "generated", 100000, np.inf)]
    amplification = pd.DataFrame(rows, columns=["spectrum", "sample", "events", "equivalent_events"])
    worth = amplification["equivalent_events"]
    amplification.assign(equivalent_low=np.where(np.isinf(worth), 12345, worth / 2), equivalent_high=2 * worth).to_csv(
        "amplification.csv", index=False
    )
    return {name: f"{name}.csv" for name in ("masses", "anomaly", "amplification")}


def test_tables_of_studies(studies):
    masses, anomaly, amplification = (pd.read_csv(studies[name]) for name in ("masses", "anomaly", "amplification"))
    shown = flagship_tables.mass_table(masses)
    assert [sample for _, sample in shown.index] == [
        *("truth itself (floor)", "generated, never trained on", "Monte Carlo of gluino_02"),
    ]
    assert flagship_tables.anomaly_table(anomaly).index.tolist() == [("Zp_01", "main"), ("Zp_01", "met")]
    row = flagship_tables.amplification_table(amplification).loc["met"]
    assert row["are worth"] == "4 000 (2 000 to 8 000)"
    assert row["are worth "] == "more than 12 000"


def test_curve(run):
    samples = flagship_tables.scale_samples(run, "ttbar")
    rows = [
        {
            **{"metric": metric, "training_rows": s.number("training_rows").value},
            **{"parameters": s.number("parameters").value, "value": number.value},
            **{"error": number.error, "floor": number.floor},
        }
        for s in samples
        for metric in PANELS
        for number in [s.number(metric)]
    ]
    figure = draw_scale_curve(pd.DataFrame(rows), "ttbar")
    assert [panel.get_ylabel() for panel in figure.axes] == [label for label, _ in PANELS.values()]
    for panel in figure.axes:
        assert panel.get_xscale() == "log" and len(panel.containers) == 2
    assert {text.get_text() for text in figure.legends[0].texts} == {
        *("98 000 parameters", "341 000 parameters", "truth against truth"),
    }


def test_page(studies, metrics, experiments, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "workflow"))
    metrics.to_csv("metrics.csv", index=False)
    board_of(metrics, experiments, wgan=3.1).to_csv("leaderboard.csv", index=False)
    Image.new("RGB", (800, 600), "teal").save("figure.png")
    page = page_of(
        "flagship",
        {
            "metrics_path": "metrics.csv",
            "leaderboard_path": "leaderboard.csv",
            "experiments": experiments,
            "studies": studies,
            "study_figures": dict.fromkeys(("anomaly", "amplification", "flagship"), "figure.png"),
            "figures": {"main, ttbar": ["figure.png"] * 2},
            "scales": {"what": ["width"], "config.yaml": ["56"], "paper.yaml": ["112"], "of": ["main"]},
        },
    )
    assert page["images"] == 5
    for words in (
        *(
            "Title of joint",
            "as we aim at (10)",
            "chosen, setting default:",
            "72000 training events",
            "3.500 ± 0.075 (photon1_phi)",
            "with others",
        ),
        *("generated, never trained on", "Zp_01", "more than 12 000", "GANplifying"),
    ):
        assert words in page["text"], words
