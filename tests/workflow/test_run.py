"""The whole tiny workflow, run by Snakemake: its products, its determinism, and that it does nothing twice."""

import json
import os
import re

import h5py
import numpy as np
import pandas as pd
import pytest

from deepcollider.metrics.observables import OBSERVABLES
from deepcollider.store.event_files import EventReader, read_events
from tests.workflow.harness import OutsideReferences, copy_project, run_snakemake

pytestmark = pytest.mark.workflow
GENERATED = "results/generated/experiment-2/beta-1.5/ttbar.h5"


def test_table_keeps_its_contract(finished):
    table = pd.read_csv(finished / "results/tables/metrics.csv")
    columns = "experiment system process setting part_or_feature metric value error floor n_generated n_truth"
    assert list(table.columns) == columns.split()
    assert set(table["system"]) == {"beta-vae-per-particle"}
    assert set(table["setting"]) == {"beta-1.5", "untrained"}
    wd = table[(table["metric"] == "wd") & (table["setting"] == "beta-1.5")].set_index("part_or_feature")
    assert set(wd.index) == {observable.name for observable in OBSERVABLES} | {"overall"}
    assert wd.loc["overall", "value"] > 0 and wd.loc["overall", "floor"] > 0
    assert (wd.loc["overall", ["n_generated", "n_truth"]] == [126, 126]).all()
    timing = json.loads((finished / GENERATED).with_suffix(".timing.json").read_text())
    times = table[(table["metric"] == "generation_ms_per_event") & (table["setting"] == "beta-1.5")]
    assert times["value"].item() == pytest.approx(timing["ms_per_event"], rel=1e-6)
    assert {"batch", "threads", "machine"} <= set(timing)


def test_every_figure_is_there_as_pdf_and_png(finished):
    folder = finished / "results/figures/experiment-2/ttbar"
    names = [f"histogram-{observable.name}" for observable in OBSERVABLES]
    for name in [*names, "correlations-beta-1.5", "masks-frequent", "masks-rare", "losses"]:
        assert (folder / f"{name}.pdf").read_bytes()[:5] == b"%PDF-"
        assert (folder / f"{name}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_report_is_one_file_with_tables_and_pictures(finished):
    page = (finished / "results/reports/experiment-2.html").read_text()
    parser = OutsideReferences()
    parser.feed(page)
    assert parser.found == []
    assert (
        parser.pictures == len(OBSERVABLES) + 9
    )  # two of masks, correlations, losses, settings, two tests, two of networks
    for text in ("0.002771", "74.64", "JS distance", "any (IER)", "floor"):
        assert text in page
    assert not re.search(r"Traceback|nbsp;NaN ±", page)
    notebook = json.loads((finished / "results/reports/experiment-2.ipynb").read_text())
    assert all(cell.get("execution_count") for cell in notebook["cells"] if cell["cell_type"] == "code")


def test_event_counts_add_up_along_the_chain(finished):
    results = finished / "results"
    with EventReader(results / "events/ttbar.h5") as reader:
        assert len(reader) == 600 and reader.attributes["counts"]["read"] == 600
        assert reader.attributes["counts"]["quarantined"] == 0
    names = ("train", "validation", "test", "floor")
    splits = {name: read_events(results / f"splits/ttbar/{name}.h5") for name in names}
    assert [len(events) for events in splits.values()] == [288, 60, 126, 126]
    ids = np.concatenate([events.events["event_id"] for events in splits.values()])
    assert sorted(ids) == list(range(600))
    with h5py.File(results / "parts/particles/ttbar/train/jet.h5") as part:
        assert len(part["features"]) == (splits["train"].objects["kind"] == 2).sum()


def test_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in run_snakemake(finished).stderr


def test_overall_report_is_written(finished):
    run_snakemake(finished, "--report", "report.html")
    page = (finished / "report.html").read_text()
    assert "histogram-met.png" in page and "experiment-2" in page


def jobs_to_run(folder) -> set[str]:
    """Rules that a dry run would execute."""
    output = run_snakemake(folder, "--dry-run", "--quiet", "host")
    listed = re.search(r"Job stats:\n.*?\n-.*?\n(.*?)\ntotal", output.stdout, re.DOTALL)
    return {line.split()[0] for line in listed.group(1).splitlines()} if listed else set()


FROM_METRICS = ["aggregate_metrics", "leaderboard", "best_table", "experiment_table", "plot_settings"]
FROM_METRICS += ["plot_speed_quality", "figure_index", "report", "report_overview", "report_vae", "all"]
"""Rules whose jobs follow from the table of all metrics."""


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        (
            "figures/heatmaps.py",
            {"plot_correlations", "plot_published_correlations", "plot_trilepton_correlations"}
            | {"report", "report_samples", "report_overview", "report_vae", "figure_index", "all"},
        ),
        ("metrics/validity.py", {"metrics", "plot_two_sample", *FROM_METRICS}),
        ("reports/render.py", {"report", "report_samples", "report_overview", "report_vae", "all"}),
        (
            "generators/sampling.py",
            {"generate", "metrics", "plot_two_sample", "memorisation", "plot_memorisation"}
            | {"plot_correlations", "plot_histograms", "plot_masks", *FROM_METRICS},
        ),
    ],
)
def test_edited_module_reruns_the_jobs_that_use_it_and_no_others(finished, module, rules):
    path = finished / "workflow/deepcollider" / module
    before = path.read_text(), path.stat()
    try:
        path.write_text(before[0] + "\n# edited\n")
        assert jobs_to_run(finished) == rules
    finally:
        path.write_text(before[0])
        os.utime(path, ns=(before[1].st_atime_ns, before[1].st_mtime_ns))
    assert jobs_to_run(finished) == set()


def test_top_squarks_come_from_their_spectrum(finished, project):
    """Neutralinos escape: much more missing momentum than in top pairs (94 GeV against 48 in a large sample)."""
    config = "processes={stop_02: {source: pythia, events: 200}}"
    run_snakemake(project, "results/events/stop_02.h5", "--config", config)
    stops, tops = (read_events(f / f"results/events/{p}.h5") for f, p in ((project, "stop_02"), (finished, "ttbar")))
    assert len(stops) == 200 and set(stops.events["process"]) == {b"stop_02"}
    assert stops.events["met"].mean() > 1.4 * tops.events["met"].mean()


def test_same_configuration_gives_the_same_bytes_and_events(finished, tmp_path):
    again = tmp_path / "again"
    again.mkdir()
    copy_project(again)
    run_snakemake(again, GENERATED)
    csv = "results/simulated/ttbar.csv"
    assert (again / csv).read_bytes() == (finished / csv).read_bytes()
    first, second = read_events(finished / GENERATED), read_events(again / GENERATED)
    assert (first.events == second.events).all() and (first.objects == second.objects).all()
