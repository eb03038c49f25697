"""What the index says of the default and of the published configuration, against a reading of the documents by hand."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.harness import ROOT, environment

pytestmark = pytest.mark.workflow

MADE, FEWER = "made", "made with fewer settings than published"
NO_RULE = "no rule"


def figures(*spans: tuple[str, int, int]) -> list[str]:
    """``Fig 7.8`` to ``Fig 7.13`` from ("Fig 7.", 8, 13)."""
    return [f"{prefix}{number}" for prefix, first, last in spans for number in range(first, last + 1)]


FEWER_BY_DEFAULT = {
    "VAE thesis": [
        *figures(("Fig 7.", 17, 31), ("Fig 7.", 38, 53), ("Fig 7.", 56, 71)),
        *("Tab 7.2", "Tab 7.3", "Tab 7.4", "Tab 8.1"),
    ],
    "VAE slides": ["4.1", "4.2a", "4.2b", "4.3a", "4.3b"],
}
"""Grids over alpha, beta and gamma of which the default has one value, and what is shown at another value."""

WITHOUT_RULE = {
    "style thesis": [*figures(("Fig ", 16, 18), ("Fig ", 20, 26)), "Tab 1", "Tab 2", "Fig 9"],
    "anomaly thesis": ["Fig 3.3", *figures(("Fig 4.", 1, 7)), "Tab 3.2"],
}
"""Classifiers, event images and their transfer of style, the autoencoder, and a transfer on photographs."""

ROWS = {"GAN thesis": 44, "VAE thesis": 105, "VAE slides": 7, "style thesis": 19, "anomaly thesis": 23}


def index_of(folder: Path, *configfiles: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The index under a configuration, by document and id; rules are asked, none is run."""
    command = [sys.executable, str(Path(__file__).with_name("index_of.py")), str(ROOT / "Snakefile")]
    command += map(str, configfiles)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(), timeout=300)
    assert done.returncode == 0, done.stderr
    return {(entry["document"], entry["id"]): entry for entry in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def default(tmp_path_factory):
    return index_of(tmp_path_factory.mktemp("default"))


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    return index_of(tmp_path_factory.mktemp("paper"), ROOT / "config/paper.yaml")


@pytest.mark.parametrize(
    ("configuration", "fewer", "counts"),
    [("default", FEWER_BY_DEFAULT, [120, 56, 22]), ("paper", {}, [176, 0, 22])],
)
def test_status_of_every_published_figure(request, configuration, fewer, counts):
    index = request.getfixturevalue(configuration)
    assert {document: sum(key[0] == document for key in index) for document in ROWS} == ROWS
    expected = dict.fromkeys(index, MADE)
    for status, found in ((FEWER, fewer), (NO_RULE, WITHOUT_RULE)):
        for key in ((document, id) for document, ids in found.items() for id in ids):
            assert key in expected, key
            expected[key] = status
    assert {key: entry["status"] for key, entry in index.items()} == expected
    assert [list(expected.values()).count(status) for status in (MADE, FEWER, NO_RULE)] == counts


def test_roc_of_the_likelihood_is_not_taken_for_that_of_the_autoencoder(default):
    """The default run draws a ROC of anomalies, of another model on other events."""
    entry = default["anomaly thesis", "Fig 4.2"]
    assert (entry["status"], entry["ours"], entry["remedy"]) == (NO_RULE, "", "")
    assert not any("figures/anomaly/" in each["ours"] for each in default.values())


def test_pair_that_both_theses_overlay_is_drawn_apart(default):
    """The run has six processes, the figures two of them; and all masks are shown, not only the frequent ones."""
    overlaid = [("VAE slides", "slide 3"), ("VAE thesis", "Fig 7.2"), ("VAE thesis", "Fig 7.3")]
    overlaid += [("GAN thesis", f"Fig 3.{n}") for n in range(1, 6)]
    overlaid += [(thesis, f"Fig B.{n}") for thesis in ("GAN thesis", "VAE thesis") for n in range(1, 9)]
    for key in overlaid:
        assert all(path.startswith("results/figures/data/pair-") for path in default[key]["ours"].split(";")), key
    for id, process in (("Fig 7.2", "ttbar"), ("Fig 7.16", "stop_02")):
        ours = default["GAN thesis", id]["ours"].split(";")
        assert {Path(path).name for path in ours} == {"masks-frequent.png", "masks-rare.png"}
        assert all(f"/{process}/" in path for path in ours)
