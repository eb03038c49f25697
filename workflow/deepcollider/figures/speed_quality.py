"""Speed against quality of all systems, with the Monte Carlo for comparison."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullFormatter

from deepcollider.figures.distributions import PROCESS_COLOURS
from deepcollider.figures.style import TRUTH_LINE, new_figure, styled

MARKERS = (*"osD^vPX<>phd", *((points, 1, turned) for points, turned in ((4, 0), (6, 0), (4, 45), (9, 0))))
"""As many as there are systems; the last are stars with as many points. That with five is Monte Carlo's."""

SIZE, STAR_SIZE = 8, 11
FROM_TRUTH = " (starts from truth)"


def _size(marker: str | tuple) -> int:
    return SIZE if isinstance(marker, str) else STAR_SIZE


def _draw_system(axes: Axes, row: pd.Series, marker: str | tuple, colour: str) -> None:
    axes.errorbar(
        row["ms_per_event"],
        row["wd_over_floor"],
        row["wd_over_floor_error"],
        marker=marker,
        ls="none",
        ms=_size(marker),
        mec=colour if row["starts_from_truth"] else "white",
        mfc="white" if row["starts_from_truth"] else colour,
        mew=1.5 if row["starts_from_truth"] else 0.7,
        ecolor=colour,
        elinewidth=1.2,
    )


def _draw_monte_carlo(axes: Axes, leaderboard: pd.DataFrame, colours: Mapping[str, str]) -> bool:
    """A star for each process that we simulated, at the ratio of truth against truth; whether there was any."""
    costs = leaderboard.groupby("process")["mc_ms_per_event"].first().dropna()
    for process, cost in costs.items():
        axes.plot(cost, 1.0, "*", ms=15, mec="black", mew=0.8, mfc=colours[process])
    return len(costs) > 0


def _handles(
    systems: Mapping[str, str | tuple], hollow: set[str], processes: Mapping[str, tuple[str, str]], stars: bool
):
    grey = {"color": "0.35", "ls": "none", "mew": 1.5}
    handles = [
        Line2D([], [], marker=marker, ms=_size(marker), **grey, mfc="white" if name in hollow else "0.35",
               label=name + (FROM_TRUTH if name in hollow else ""))
        for name, marker in systems.items()
    ]  # fmt: skip
    if stars:
        handles.append(Line2D([], [], marker="*", ms=14, mec="black", mfc="white", ls="none", label="Monte Carlo"))
    handles += [Line2D([], [], color=colour, lw=5, label=label) for colour, label in processes.values()]
    return [*handles, Line2D([], [], color=TRUTH_LINE, ls="--", label="truth against truth")]


@styled
def draw_speed_quality(leaderboard: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """Milliseconds an event against the overall WD over its floor, both logarithmic: lower left is better.

    ``leaderboard`` as :func:`deepcollider.metrics.leaderboard.leaderboard` makes it; ``labels``: of its processes.
    One symbol a system, one colour a process; hollow: the system starts from true events. Monte Carlo lies at 1.
    """
    figure = new_figure(8.2, 4.8)
    axes = figure.subplots()
    systems = dict(zip(sorted(leaderboard["system"].unique()), MARKERS * 9, strict=False))
    colours = dict(zip(leaderboard["process"].unique(), PROCESS_COLOURS * 9, strict=False))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.axhline(1.0, color=TRUTH_LINE, ls="--", lw=1.0)
    for _, row in leaderboard.iterrows():
        _draw_system(axes, row, systems[row["system"]], colours[row["process"]])
    stars = _draw_monte_carlo(axes, leaderboard, colours)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("time to generate an event [ms]")
    axes.set_ylabel("overall Wasserstein distance / floor")
    axes.margins(0.12)
    hollow = set(leaderboard.loc[leaderboard["starts_from_truth"], "system"])
    processes = {process: (colour, labels[process]) for process, colour in colours.items()}
    figure.legend(handles=_handles(systems, hollow, processes, stars), loc="outside right upper")
    return figure
