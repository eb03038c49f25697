"""Published events through the whole workflow, from a stand-in for Zenodo: config/demo-real.yaml in small."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from deepcollider.files import sha256_of
from deepcollider.store.event_files import EventReader
from tests.workflow.harness import run_snakemake
from tests.zenodo_server import cut_after, status, zenodo

pytestmark = pytest.mark.workflow

RECORD = 7277951
EXPERIMENT = "experiment-2-published"
SMALL = {
    "split": {"min_train": 50},
    "evaluation": {"bootstrap": 2},
    "experiments": {
        EXPERIMENT: {
            "processes": ["4top"],
            "grid": {"beta": [1.5]},
            "training": {"epochs": 1, "batch_size": 20, "steps_per_epoch": 2, "steps_per_execution": 2},
            "generation": {"events": 100, "batch": 100},
            "untrained_baseline": False,
        }
    },
}
# symbol, smallest pt (MeV), probability of one more
KINDS = [("b", 61_000, 0.6), ("j", 30_000, 0.7), *((kind, 26_000, 0.3) for kind in ("e-", "e+", "m-", "m+", "g"))]


def events(n: int, process: str, seed: int) -> bytes:
    """Lines of the published layout: a b-jet that triggers, and objects of all seven kinds."""
    rng = np.random.default_rng(seed)
    lines = []
    for i in range(n):
        objects = []
        for symbol, least, more in KINDS:
            for _ in range((symbol == "b") + rng.binomial(3, more)):
                pt, eta = least + rng.exponential(50_000), rng.uniform(-1.3, 1.3)
                energy = pt * np.cosh(eta) * 1.01
                objects.append(f"{symbol},{energy:.6g},{pt:.6g},{eta:.6g},{rng.uniform(-3.14, 3.14):.6g}")
        head = f"{i};{process};1;{rng.exponential(60_000):.6g};{rng.uniform(-3.14, 3.14):.6g}"
        lines.append(";".join([head, *objects]))
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    files = {
        "4top_10fb.csv": events(96, "4top", 1),
        "4top_400.csv": events(400, "4top", 2),
        "ttbarHiggs_10fb.csv.gz": gzip.compress(events(300, "ttbarHiggs", 3)),
        "ttbarW_10fb.csv": events(200, "ttW", 4),
    }
    with zenodo(RECORD, files) as running:
        yield running


def run(project: Path, server, *arguments: str, offline: bool = False, check: bool = True):
    """Snakemake with the demonstration cut to seconds, downloading from the stand-in."""
    (project / "small.yaml").write_text(yaml.safe_dump(SMALL))
    options = f"zenodo={{api: '{server.api}', offline: {str(offline).lower()}, retries: 3}}"
    files = ["--configfile", "config/demo-real.yaml", "small.yaml"]
    return run_snakemake(project, *arguments, *files, "--config", options, check=check)


def log(project: Path, rule: str, process: str) -> str:
    return (project / f"results/logs/{rule}/{process}.log").read_text()


def test_from_the_record_to_the_report_and_again_offline(project, server):
    report = f"results/reports/{EXPERIMENT}.html"
    run(project, server, report)
    data = project / f"results/downloads/{RECORD}/4top_400.csv"
    assert data.read_bytes() == server.files["4top_400.csv"]
    page = (project / report).read_text()
    assert "four tops" in page and "Traceback" not in page
    receipt_path = project / "results/acquired/4top.json"
    receipt = json.loads(receipt_path.read_text())
    assert (receipt["file"], receipt["sha256"], receipt["verified"]) == ("4top_400.csv", sha256_of(data), True)
    assert (project / f"resources/zenodo/{RECORD}.json").is_file()
    with EventReader(project / "results/events/4top.h5") as reader:
        assert len(reader) == 400
        told = reader.attributes
    assert (told["source"], told["source_sha256"]) == ("4top_400.csv", sha256_of(data))
    assert (told["doi"], told["record"], told["source_verified"]) == (f"10.5281/zenodo.{RECORD}", RECORD, True)

    server.shutdown()
    server.server_close()
    n_requests = len(server.requests)
    # how files are fetched is not part of what they are: nothing is made anew
    assert "Nothing to be done" in run(project, server, report, offline=True).stderr
    before = receipt_path.read_bytes()
    receipt_path.unlink()
    (project / "results/events/4top.h5").unlink()
    run(project, server, "results/events/4top.h5", offline=True)
    assert receipt_path.read_bytes() == before and len(server.requests) == n_requests


def test_failed_download_is_gone_on_with_by_the_next_run(project, server):
    """The job fails in mid-file; what had come stays, no receipt and no file, and the next run asks for the rest."""
    name, target = "ttbarHiggs_10fb.csv.gz", "results/events/ttbarHiggs.h5"
    server.faults[name] = [cut_after(5_000), status(404)]
    assert run(project, server, target, check=False).returncode
    assert "the server answers 404" in log(project, "acquire", "ttbarHiggs")
    folder = project / f"results/downloads/{RECORD}"
    assert [path.name for path in folder.iterdir()] == [f"{name}.partial"]
    assert not (project / "results/acquired/ttbarHiggs.json").exists()
    run(project, server, target)
    assert server.ranges(name)[-1] == "bytes=5000-"
    assert [path.name for path in folder.iterdir()] == [name]
    with EventReader(project / target) as reader:
        assert len(reader) == 300

    (folder / name).unlink()  # the receipt stays: the skim says what to do
    (project / target).unlink()
    assert run(project, server, target, check=False).returncode
    assert "the file of ttbarHiggs has gone; delete results/acquired/ttbarHiggs.json" in log(
        project, "skim", "ttbarHiggs"
    )


def test_other_names_in_the_process_column(project, server):
    """The user is told which names there are and where to write them; then the file is read."""
    target = "results/events/ttbarW.h5"
    assert run(project, server, target, check=False).returncode
    told = log(project, "skim", "ttbarW")
    assert "bear other process names: ttW." in told and "column aliases of ttbarW in config/processes.tsv" in told
    table = project / "config/processes.tsv"
    lines = [line.split("\t") for line in table.read_text().splitlines()]
    column = lines[0].index("aliases")
    for line in lines:
        if line[0] == "ttbarW":
            line[column] = "ttW"
    table.write_text("\n".join("\t".join(line) for line in lines) + "\n")
    run(project, server, target)
    with EventReader(project / target) as reader:
        assert len(reader) == 200
        assert reader.attributes["process"] == "ttbarW" and reader.attributes["process_spelling"] == ["ttW"]


def test_users_own_folder(project):
    folder = project / "mine"
    folder.mkdir()
    (folder / "ttbar_a.csv").write_bytes(events(100, "ttbar", 5))
    (folder / "ttbar_b.csv.gz").write_bytes(gzip.compress(events(300, "ttbar", 6)))
    config = "processes={ttbar: {source: file, path: mine}}"
    run_snakemake(project, "results/events/ttbar.h5", "--config", config)
    with EventReader(project / "results/events/ttbar.h5") as reader:
        assert len(reader) == 300 and reader.attributes["source"] == "ttbar_b.csv.gz"
    config = "processes={stop_02: {source: file, path: mine}}"
    done = run_snakemake(project, "--dry-run", "--config", config, check=False)
    assert done.returncode and "mine: has no file for stop_02" in done.stdout + done.stderr
