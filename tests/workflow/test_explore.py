"""The reports on the samples, in the finished tiny workflow and where a family of samples is not configured."""

import json

import pandas as pd
import pytest

from deepcollider.metrics.distributions import FEATURES, PANELS
from deepcollider.metrics.ntuple_variables import VIEWS
from deepcollider.metrics.shape_tests import COLUMNS
from tests.workflow.harness import OutsideReferences, run_snakemake

pytestmark = pytest.mark.workflow

FIGURES = {
    "data": [
        f"data/{name}"
        for name in (*PANELS, *(f"pair-{name}" for name in PANELS), "correlations-ttbar", "toy-gaussians")
    ],
    "trileptons": [f"trileptons/{name}" for name in (*VIEWS["variables"], "correlations-background")],
    "dileptons": [f"dileptons/{name}" for name in (*VIEWS["features"], *(f"image-{name}" for name in VIEWS["images"]))],
}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "data",
            ["log-normal?", "Verdict:", "published", "MET and jets", "Leading order and parton shower", "ttbar.csv"],
        ),
        ("trileptons", ["Yields by channel", "A (eee)", "WprimeToWZToWlepZlep_M2000", "Z pair"]),
        ("dileptons", ["0.701", "ttdm_pseudoscalar_100_1", "left for images"]),
    ],
)
def test_reports_on_samples_are_one_file_with_tables_and_pictures(finished, name, texts):
    page = (finished / f"results/reports/{name}.html").read_text()
    parser = OutsideReferences()
    parser.feed(page)
    assert parser.found == []
    assert parser.pictures == len(FIGURES[name])
    assert all(text in page for text in texts)
    assert "Traceback" not in page
    notebook = json.loads((finished / f"results/reports/{name}.ipynb").read_text())
    assert all(cell.get("execution_count") for cell in notebook["cells"] if cell["cell_type"] == "code")


@pytest.mark.parametrize("name", FIGURES)
def test_figures_of_samples_are_there_as_pdf_and_png(finished, name):
    for figure in FIGURES[name]:
        path = finished / "results/figures" / figure
        assert path.with_suffix(".pdf").read_bytes()[:5] == b"%PDF-"
        assert path.with_suffix(".png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_summaries_hold_all_events(finished):
    summary = json.loads((finished / "results/data/ttbar.json").read_text())
    assert summary["n_events"] == summary["counts"]["kept"] == 600
    trileptons = json.loads((finished / "results/trileptons/summary.json").read_text())
    for sample, counts in trileptons["skimmed"].items():
        assert trileptons["distributions"]["variables"][sample]["n"] == counts["kept"]
        assert sum(found["events"] for found in trileptons["yields"][sample].values()) == counts["kept"]


def test_table_of_shapes_has_every_feature(finished):
    checks = pd.read_csv(finished / "results/tables/data_checks.csv")
    assert list(checks.columns) == ["process", *COLUMNS]
    assert set(zip(checks["kind"], checks["feature"], strict=True)) == {(each.kind, each.feature) for each in FEATURES}
    assert set(checks["process"]) == {"ttbar"}


def test_families_that_are_not_configured_have_no_report(project):
    samples = ("WZto3LNu", "ZZto4L", "DYJetsToLL", "WprimeToWZToWlepZlep_M2000")
    without = "ntuples={" + ", ".join(f"{sample}: null" for sample in samples) + "}"
    jobs = run_snakemake(project, "--dry-run", "--quiet", "host", "--config", without).stdout
    assert "plot_dileptons" in jobs and "results/reports/data.html" in jobs
    assert "trileptons" not in jobs and "plot_trileptons" not in jobs


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dileptons", ("Test events.", "dileptons.transverse_mass</code> (here standard)")),
        ("trileptons", ("Channels.", "trileptons.missing</code> (here nan)")),
        ("experiment-2", ("KL term and squared error.", "beta</code> (here 1.5)")),
    ],
)
def test_reports_tell_what_the_documents_leave_open(finished, name, said):
    page = (finished / f"results/reports/{name}.html").read_text(encoding="utf-8")
    section = page.partition('id="Readings"')[2].partition("<h2")[0]
    assert all(text in section for text in said)
