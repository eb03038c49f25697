"""``snakemake figure_index``: what it would make in two configurations, and that what it claims is there."""

import pandas as pd
import pytest

from deepcollider.reports.figure_index import SEPARATOR
from deepcollider.reports.figure_index_page import read_index
from tests.workflow.harness import OutsideReferences, run_snakemake

pytestmark = pytest.mark.workflow

MADE = ("experiment-2/ttbar/histogram-met", "experiment-2/ttbar/masks-rare", "data/pair-photon", "trileptons/A_Zmass")
ONLY_IN_DEFAULT = ("experiment-2-bsm/stop_02/histogram-met", "data/correlations-stop_02")


@pytest.mark.parametrize(("configuration", "both"), [("tiny.yaml", False), ("config/config.yaml", True)])
def test_dry_run_asks_for_the_figures_of_the_configuration(project, configuration, both):
    done = run_snakemake(project, "--dry-run", "figure_index", "--configfile", configuration)
    inputs = done.stdout.split("rule figure_index:")[1].split("input:")[1].split("output:")[0]
    assert all(f"results/figures/{name}.png" in inputs for name in MADE)
    assert all((f"results/figures/{name}.png" in inputs) == both for name in ONLY_IN_DEFAULT)


def test_samples_that_are_not_configured_are_not_asked_for(project):
    """Rules for the n-tuples' figures are there, but have nothing to draw."""
    samples = ("WZto3LNu", "ZZto4L", "WprimeToWZToWlepZlep_M2000", "ttbar_dilepton", "ttdm_pseudoscalar_100_1")
    without = "ntuples={" + ", ".join(f"{sample}: null" for sample in samples) + "}"
    done = run_snakemake(project, "--dry-run", "figure_index", "--config", without)
    assert "rule figure_index:" in done.stdout
    assert "figures/trileptons" not in done.stdout and "figures/dileptons" not in done.stdout


def test_fault_in_the_mapping_stops_the_run_and_names_the_line(project):
    path = project / "config/published_figures.tsv"
    lines = path.read_text().splitlines()
    lines[4] = lines[4].replace("figures/data", "figures/{dat}")
    path.write_text("\n".join(lines) + "\n")
    done = run_snakemake(project, "--dry-run", "figure_index", check=False)
    assert done.returncode
    assert "config/published_figures.tsv, line 5: unknown placeholder {dat}" in done.stdout + done.stderr


def test_index_of_a_finished_run_is_true(finished):
    run_snakemake(finished, "figure_index")
    index = read_index(finished / "results/tables/figure_index.csv")
    assert len(index) == 198
    files = {path for row in index["ours"] for path in row.split(SEPARATOR) if path}
    assert files and all((finished / path).is_file() for path in files)
    unbuilt = index[index["status"] == "no rule"]["reason"].str.findall(r"results/[^\s,]+").explode()
    assert not any((finished / path).exists() for path in unbuilt)
    status = index.set_index(["document", "id"])["status"]
    assert status["VAE thesis", "Fig 7.33"] == "made"  # masks
    assert status["VAE thesis", "Fig 7.38"] == "made with fewer settings than published"  # MET over five values of beta
    assert status["VAE thesis", "Fig 7.53"] == "made"  # correlations at beta 1.5, which the run has
    assert status["VAE thesis", "Fig 7.2"] == "partly"  # of the published pair, top squarks are lacking
    assert status["GAN thesis", "Fig 4.1"] == "made"  # a scheme, the same in every run
    assert status["VAE thesis", "Fig 7.87"] == "not in this run"  # top squarks
    assert status["anomaly thesis", "Fig 4.2"] == "no rule"  # no autoencoder
    counts = pd.read_csv(finished / "results/tables/figure_counts.csv", index_col="document")
    assert counts.drop(columns="published").sum(axis="columns").tolist() == counts["published"].tolist()
    for document, of_document in index.groupby("document"):
        found = counts.loc[document].drop("published")
        assert found[found > 0].to_dict() == of_document["status"].value_counts().to_dict()
    assert counts.loc["all documents", "published"] == 198
    log = (finished / "results/logs/figure_index.log").read_text()
    assert "Of 198 published figures and tables" in log and "all documents" in log
    processes = pd.read_csv(finished / "results/tables/processes.csv").set_index("id")["here"]
    assert len(processes) == 42 and processes[processes == "pythia"].index.tolist() == ["ttbar"]
    page = (finished / "results/reports/figure_index.html").read_text()
    assert "rows more" not in page  # of no table
    parser = OutsideReferences()
    parser.feed(page)
    assert parser.found == [] and parser.pictures >= len([path for path in files if path.endswith(".png")])
    assert all(path in page for path in files)
