"""The index of published figures: statuses and files on small configurations made by hand."""

import pytest

from deepcollider.reports.figure_index import COLUMNS, STATUSES, Run, figure_index, files_of
from deepcollider.reports.published_figures import Mapped, PublishedFigure

GROUPS = {
    **{name: (name,) for name in ("ttbar", "stop_02", "ww")},
    "SM": ("ttbar", "ww"),
    "trileptons-signal": ("WprimeToWZToWlepZlep_M2000",),
}

EXPERIMENTS = {
    "tops": {
        **{"system": "vae", "processes": ["ttbar", "stop_02"]},
        "settings": {"beta-1": {"beta": 1, "width": 8}, "beta-2": {"beta": 2.0, "width": 8}},
    },
    "stops": {"system": "vae", "processes": ["stop_02"], "settings": {"default": {"beta": 0.5, "width": 16}}},
    "gan": {"system": "wgan", "processes": ["ttbar"], "settings": {"default": {"clip": 0.01}}},
}


def run_of(experiments=EXPERIMENTS, samples=("ttbar", "stop_02"), makes=lambda path: True):
    return Run(experiments, frozenset(samples), GROUPS, makes)


def entry_of(mapped, run):
    """The index entry of one figure; the remedy is what was asked for, as text."""
    figure = PublishedFigure("thesis", "Fig 1", "histogram", "a, b", "ttbar", "MET", "listed")
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
    assert entry["remedy"] == "([], ('ttbar',), [], {})"
    assert (entry["document"], entry["id"], entry["kind"], entry["content"]) == ("thesis", "Fig 1", "histogram", "MET")


@pytest.mark.parametrize(
    ("mapped", "status", "reason", "asked"),
    [
        # a system without an experiment on this process
        (
            Mapped(("wgan",), ("stop_02",), (HISTOGRAM,)),
            "not in this run",
            "no experiment of wgan on stop_02",
            "(['wgan'], ('stop_02',), [], {})",
        ),
        # the same, of which the figure shows a setting
        (
            Mapped(("wgan",), ("stop_02",), (HISTOGRAM,), {"wgan": {"clip": (0.1,)}}),
            "not in this run",
            "no experiment of wgan on stop_02",
            "(['wgan'], ('stop_02',), [], {'wgan': {'clip': (0.1,)}})",
        ),
        # samples that are not configured
        (Mapped((), ("ww",), ("a.png",)), "not in this run", "ww is not configured", "([], ('ww',), ['ww'], {})"),
        (
            Mapped((), ("SM", "trileptons-signal"), ("a.png",)),
            "partly",
            "no sample of trileptons-signal is configured",
            "([], ('SM', 'trileptons-signal'), ['trileptons-signal'], {})",
        ),
        # one of two systems, and of the other a setting is lacking too
        (
            Mapped(("vae", "wgan"), ("stop_02",), (HISTOGRAM,)),
            "partly",
            "no experiment of wgan on stop_02",
            "(['wgan'], ('stop_02',), [], {})",
        ),
        (
            Mapped(("vae", "wgan"), ("stop_02",), (HISTOGRAM,), {"vae": {"beta": (1, 3)}}),
            "partly",
            "no experiment of wgan on stop_02; no setting of vae with beta 3",
            "(['wgan'], ('stop_02',), [], {'vae': {'beta': (1, 3)}})",
        ),
        # fewer settings than published
        (
            Mapped(("vae",), ("ttbar",), (HISTOGRAM,), {"vae": {"beta": (0.5, 1, 1.5, 2)}}),
            "made with fewer settings than published",
            "no setting of vae with beta 0.5, 1.5",
            "([], ('ttbar',), [], {'vae': {'beta': (0.5, 1, 1.5, 2)}})",
        ),
        (
            Mapped(("vae",), ("ttbar",), (HISTOGRAM,), {"vae": {"beta": (1, 3), "width": (8, 16)}}),
            "made with fewer settings than published",
            "no setting of vae with beta 1 and width 16, beta 3 and width 8, beta 3 and width 16",
            "([], ('ttbar',), [], {'vae': {'beta': (1, 3), 'width': (8, 16)}})",
        ),
        # a file that no rule makes
        (
            Mapped(("vae",), ("ttbar",), ("figures/unbuilt.png",)),
            *("no rule", "no rule makes results/figures/unbuilt.png", ""),
        ),
        (
            Mapped(("vae",), ("ttbar",), ("figures/{experiment}/unbuilt.png",)),
            *("no rule", "no rule makes results/figures/tops/unbuilt.png", ""),
        ),
        (
            Mapped((), (), ("a.png", "unbuilt.png")),
            *("partly", "no rule makes results/unbuilt.png", "([], (), [], {})"),
        ),
        # to configure what is lacking would not make it
        (
            Mapped((), ("ww",), ("unbuilt.png",)),
            *("no rule", "ww is not configured; no rule makes results/unbuilt.png", ""),
        ),
        (
            Mapped(("wgan",), ("stop_02",), ("unbuilt.png",)),
            *("no rule", "no experiment of wgan on stop_02; no rule makes results/unbuilt.png", ""),
        ),
        # or only a part of it
        (
            Mapped((), ("ww",), ("a.png", "unbuilt.png")),
            "not in this run",
            "ww is not configured; no rule makes results/unbuilt.png",
            "([], ('ww',), ['ww'], {})",
        ),
    ],
)
def test_what_is_not_made_says_why(mapped, status, reason, asked):
    entry = entry_of(mapped, run_of(makes=lambda path: "unbuilt" not in path))
    assert (entry["status"], entry["reason"], entry["remedy"]) == (status, reason, asked)
    assert status in STATUSES
    assert bool(entry["ours"]) == (status in ("partly", "made with fewer settings than published"))
    assert "unbuilt" not in entry["ours"]
    assert entry["ours"] or not entry["experiment"]


def test_settings_of_several_experiments_count_together():
    """Of stop_02 the run has beta 1 and 2 in one experiment, 0.5 in another."""
    published = {"vae": {"beta": (0.5, 1.0, 2)}}
    assert entry_of(Mapped(("vae",), ("stop_02",), (HISTOGRAM,), published), run_of())["status"] == "made"
    entry = entry_of(Mapped(("vae",), ("ttbar",), (HISTOGRAM,), published), run_of())
    assert entry["reason"] == "no setting of vae with beta 0.5"  # that experiment is not of this process


def test_hyperparameter_outside_of_the_grid_counts():
    published = {"vae": {"beta": (1,), "width": (8,)}, "wgan": {"clip": (0.01,)}}
    entry = entry_of(Mapped(("vae", "wgan"), ("ttbar",), (HISTOGRAM,), published), run_of())
    assert (entry["status"], entry["reason"]) == ("made", "")
