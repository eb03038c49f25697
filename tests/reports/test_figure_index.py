"""The index of published figures: statuses and files on small configurations made by hand."""

import pytest

from deepcollider.reports.figure_index import COLUMNS, Run, figure_index, files_of
from deepcollider.reports.published_figures import Mapped, PublishedFigure

GROUPS = {
    **{name: (name,) for name in ("ttbar", "stop_02", "ww")},
    "SM": ("ttbar", "ww"),
    "trileptons-signal": ("WprimeToWZToWlepZlep_M2000",),
}

EXPERIMENTS = {
    "tops": {"system": "vae", "processes": ["ttbar", "stop_02"], "settings": ["beta-1", "beta-2"]},
    "stops": {"system": "vae", "processes": ["stop_02"], "settings": ["default"]},
    "gan": {"system": "wgan", "processes": ["ttbar"], "settings": ["default"]},
}


def run_of(experiments=EXPERIMENTS, samples=("ttbar", "stop_02"), systems=("vae", "wgan"), makes=lambda path: True):
    return Run(experiments, frozenset(samples), GROUPS, frozenset(systems), makes)


def entry_of(mapped, run):
    """The index entry of one figure; the remedy is what was asked for, as text."""
    figure = PublishedFigure("thesis", "Fig 1", "histogram", "a, b", "ttbar", "MET")
    (entry,) = figure_index(
        {("thesis", "Fig 1"): figure}, {("thesis", "Fig 1"): mapped}, run, lambda *asked: str(asked)
    )
    assert tuple(entry) == COLUMNS
    return entry


HISTOGRAM = "figures/{experiment}/{process}/histogram-met.png"
RESULT = "results/figures"


@pytest.mark.parametrize(
    ("mapped", "files"),
    [
        (Mapped(("vae",), ("ttbar",), (HISTOGRAM,)), ["tops/ttbar/histogram-met.png"]),
        (
            Mapped(("vae",), ("stop_02",), (HISTOGRAM,)),
            ["tops/stop_02/histogram-met.png", "stops/stop_02/histogram-met.png"],
        ),
        (
            Mapped(("vae",), ("stop_02",), ("figures/{experiment}/{setting}.png",)),
            ["tops/beta-1.png", "tops/beta-2.png", "stops/default.png"],
        ),
        (Mapped(("vae",), (), ("figures/{experiment}/net.png",)), ["tops/net.png", "stops/net.png"]),
        (
            Mapped(
                ("vae", "wgan"),
                ("ttbar",),
                ("figures/{experiment:wgan}/a.png", "figures/{experiment:vae}/b.png", "figures/{experiment}/c.png"),
            ),
            ["gan/a.png", "tops/b.png", "tops/c.png", "gan/c.png"],
        ),
        (Mapped(("vae",), ("ttbar",), ("figures/best.png", "figures/best.png")), ["best.png"]),
        (Mapped((), ("ttbar", "stop_02"), ("figures/data/{process}.png",)), ["data/ttbar.png", "data/stop_02.png"]),
        (Mapped((), ("ttbar", "ww"), ("figures/data/{process}.png",)), ["data/ttbar.png"]),
        (Mapped((), ("SM", "trileptons-signal"), ("figures/data/met.png",)), ["data/met.png"]),
        (Mapped((), (), ("figures/data/toy.png",)), ["data/toy.png"]),
        (Mapped((), ("trileptons-signal",), ("figures/data/met.png",)), []),
        (Mapped(("wgan",), ("stop_02",), (HISTOGRAM, "figures/best.png")), []),
        (Mapped(("wgan", "vae"), ("stop_02",), ("figures/{experiment:wgan}/a.png",)), []),
    ],
)
def test_files_of_a_figure(mapped, files):
    assert files_of(mapped, run_of()) == [f"{RESULT}/{name}" for name in files]


def test_made_is_what_is_there_as_a_whole():
    entry = entry_of(Mapped(("vae", "wgan"), ("ttbar",), (HISTOGRAM,)), run_of())
    assert entry["status"] == "made" and entry["reason"] == ""
    assert entry["ours"] == f"{RESULT}/tops/ttbar/histogram-met.png;{RESULT}/gan/ttbar/histogram-met.png"
    assert entry["experiment"] == "tops;gan"
    assert entry["remedy"] == "([], ('ttbar',), [])"
    assert (entry["document"], entry["id"], entry["kind"], entry["content"]) == ("thesis", "Fig 1", "histogram", "MET")


@pytest.mark.parametrize(
    ("mapped", "status", "reason", "asked"),
    [
        # no system of this name
        (Mapped(("flow",), ("ttbar",), (HISTOGRAM,)), "not in this run", "no system flow yet", "([], ('ttbar',), [])"),
        # a system without an experiment on this process
        (
            Mapped(("wgan",), ("stop_02",), (HISTOGRAM,)),
            "not in this run",
            "no experiment of wgan on stop_02",
            "(['wgan'], ('stop_02',), [])",
        ),
        # samples that are not configured
        (Mapped((), ("ww",), ("a.png",)), "not in this run", "ww is not configured", "([], ('ww',), ['ww'])"),
        (
            Mapped((), ("SM", "trileptons-signal"), ("a.png",)),
            "partly",
            "no sample of trileptons-signal is configured",
            "([], ('SM', 'trileptons-signal'), ['trileptons-signal'])",
        ),
        # one of two systems, one known and one not
        (
            Mapped(("vae", "wgan"), ("stop_02",), (HISTOGRAM,)),
            "partly",
            "no experiment of wgan on stop_02",
            "(['wgan'], ('stop_02',), [])",
        ),
        (
            Mapped(("flow", "vae"), ("ttbar",), (HISTOGRAM,)),
            "partly",
            "no system flow yet",
            "([], ('ttbar',), [])",
        ),
        (
            Mapped(("flow", "wgan"), ("stop_02",), (HISTOGRAM,)),
            "not in this run",
            "no system flow yet; no experiment of wgan on stop_02",
            "(['wgan'], ('stop_02',), [])",
        ),
        # a file that no rule makes
        (
            Mapped(("vae",), ("ttbar",), ("figures/unbuilt.png",)),
            "not built yet",
            "no rule makes results/figures/unbuilt.png yet",
            "([], ('ttbar',), [])",
        ),
        (
            Mapped((), (), ("a.png", "unbuilt.png")),
            "partly",
            "no rule makes results/unbuilt.png yet",
            "([], (), [])",
        ),
        (
            Mapped(("vae", "flow"), ("ttbar",), ("unbuilt.png",)),
            "not in this run",
            "no system flow yet; no rule makes results/unbuilt.png yet",
            "([], ('ttbar',), [])",
        ),
    ],
)
def test_what_is_not_made_says_why(mapped, status, reason, asked):
    entry = entry_of(mapped, run_of(makes=lambda path: "unbuilt" not in path))
    assert (entry["status"], entry["reason"], entry["remedy"]) == (status, reason, asked)
    assert bool(entry["ours"]) == (status == "partly")
    assert "unbuilt" not in entry["ours"]
    assert entry["ours"] or not entry["experiment"]
