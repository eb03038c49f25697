"""Every report of the finished tiny workflow in a browser: on a desk and on a phone, without any network."""

import re

import pytest

from tests.reports.browser import DESKTOP, PHONE, Page, look_at

pytestmark = pytest.mark.workflow

REPORTS = ("overview", "vae", "figure_index", "experiment-2", "data", "trileptons", "dileptons")


@pytest.fixture(scope="module")
def pages(finished) -> dict[str, list[Page]]:
    """Each report as the browser finds it, in one run of the browser."""
    folder = finished / "results/reports"
    found = look_at([folder / f"{name}.html" for name in REPORTS])
    return {path.stem: looked_at for path, looked_at in found.items()}


def test_all_reports_are_looked_at(finished):
    assert {path.stem for path in (finished / "results/reports").glob("*.html")} == set(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_whole_without_a_network_and_fits_desk_and_phone(pages, name):
    desk, phone = pages[name]
    assert (desk.width, phone.width) == (DESKTOP, PHONE)
    assert desk.faults == []
    assert phone.faults == []
    assert desk.measured["images"] > 0


@pytest.mark.parametrize("name", REPORTS)
def test_report_has_no_formulas_that_a_browser_would_have_to_set(pages, name):
    """MathJax is not in the pages: a formula would stay as it was typed."""
    assert not re.search(r"\$[^$\n]*[\\_^][^$\n]*\$|\\\(|\\mathrm", pages[name][0].measured["text"])


def test_overview_has_leaderboard_published_numbers_and_figures(pages):
    text = pages["overview"][0].measured["text"]
    for part in (
        *("Nearest to truth in single histograms: beta-vae-per-particle", "C2ST AUC", "events generated"),
        *("VAE thesis, table 7.3 (ttbar)", "0.002771", "experiment-2: beta-1.5", "not in this run"),
        *("published figures and tables, this run has", "Fig 7.2"),
    ):
        assert part in text


def test_experiment_has_every_kind_of_metric(pages):
    text = pages["experiment-2"][0].measured["text"]
    for part in (
        *("in short", "Fréchet physics distance", "memorisation, AUC", "precision", "correlation distance"),
        *("batches of 1 [ms/event]", "trainable parameters", "Monte Carlo / generation"),
        *("derived spectra, generated against truth", "metrics against the hyperparameters"),
    ):
        assert part in text
