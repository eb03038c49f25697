"""Metrics against the hyperparameters of a grid: one panel a metric, with the floor and the untrained baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from deepcollider.figures.style import COLOURS, TRUTH_FILL, TRUTH_LINE, new_figure, styled
from deepcollider.metrics.classifiers import WORST, with_worst
from deepcollider.metrics.leaderboard import overall_rows
from deepcollider.metrics.table import UNTRAINED

PANELS = {
    "wd": ("Wasserstein distance", 0.0),
    "js_distance": ("JS distance", 0.0),
    "kl": ("KL divergence", 0.0),
    "ier": ("invalid event rate [%]", 0.0),
    WORST: ("C2ST AUC, the worse", 0.5),
    "fpd": ("Fréchet physics distance", 0.0),
    "correlation_distance": ("correlation distance", 0.0),
    "generation_ms_per_event": ("generation [ms/event]", 0.0),
}
"""Metric -> label, and what a perfect model would have if samples were infinite: the start of a linear axis."""

MARKERS = "osD^vPX*"
MOST_COLUMNS = 4
LOG_SPAN = 30.0
"""Positive values that span more than this factor get a logarithmic axis."""

CLOSEST = 1 / 8
"""Numbers are drawn to scale if no two are closer than this fraction of the whole, else side by side."""

DODGE = 0.4
"""Width that the points of one place share where places are side by side, so that curves do not hide each other."""

MOST_LETTERS = 32
"""Wider tick labels, all taken together, would touch and are slanted."""


@dataclass(frozen=True)
class GridAxes:
    """Where each setting stands: ``x`` by setting, ticks there, and the settings of each curve by its label."""

    label: str
    x: Mapping[str, float]
    ticks: Sequence[float]
    tick_labels: Sequence[str]
    curves: Mapping[str, Sequence[str]]
    ordered: bool  # numbers, so that a line may join the points


def _are_numbers(values: Sequence[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _spoken(key: str) -> str:
    """A hyperparameter as a label."""
    return key.replace("_", " ")


def _to_scale(values: Sequence[Any]) -> bool:
    """Whether values are numbers, none so close to another that their labels would touch."""
    if not _are_numbers(values) or len(set(values)) < 2:
        return False
    return bool(np.diff(sorted(set(values))).min() >= CLOSEST * np.ptp(values))


def grid_axes(points: Mapping[str, Mapping[str, Any]]) -> GridAxes:
    """The first hyperparameter that varies along x; a curve for each combination of the others that do."""
    keys = list(next(iter(points.values())))
    varied = [key for key in keys if len({point[key] for point in points.values()}) > 1]
    first, others = (varied[0], varied[1:]) if varied else (next(iter(keys), ""), [])
    value_of = {setting: point.get(first, setting) for setting, point in points.items()}
    values = list(dict.fromkeys(value_of.values()))
    ordered = _are_numbers(values)
    values = sorted(values) if ordered else values
    to_scale = _to_scale(values)
    places = {value: float(value if to_scale else i) for i, value in enumerate(values)}
    curves: dict[str, list[str]] = {}
    for setting in sorted(points, key=lambda setting: places[value_of[setting]]):
        curves.setdefault(", ".join(f"{_spoken(key)} = {points[setting][key]}" for key in others), []).append(setting)
    x = {
        setting: places[value_of[setting]] + (0 if to_scale else DODGE * ((i + 0.5) / len(curves) - 0.5))
        for i, settings in enumerate(curves.values())
        for setting in settings
    }
    return GridAxes(_spoken(first), x, list(places.values()), [str(value) for value in values], curves, ordered)


def _limits(shown: np.ndarray, perfect: float, untrained: float) -> tuple[float, float, bool]:
    """Limits of y and whether it is logarithmic. The untrained baseline counts if it at most doubles the axis."""
    low, high = shown.min(), shown.max()
    log = bool(low > 0 and high > LOG_SPAN * low)
    if log:
        low, high = np.log10([low, high])
        untrained = np.log10(untrained) if untrained > 0 else np.nan
    else:
        low = min(low, perfect)
    span = (high - low) or 1.0
    if high < untrained <= high + span:
        high = untrained
    low, high = low - 0.05 * span, high + 0.2 * (high - low or 1.0)
    return (10**low, 10**high, log) if log else (low, high, log)


def _draw_untrained(axes: Axes, value: float) -> None:
    """A dashed line, or its number with an arrow where it lies beyond the axis."""
    low, high = axes.get_ylim()
    if low <= value <= high:
        axes.axhline(value, color="black", ls="--", lw=1.0)
    else:
        text = f"untrained {value:.3g} " + ("↑" if value > high else "↓")
        axes.text(0.97, 0.95, text, transform=axes.transAxes, ha="right", va="top", fontsize=8.5)


def _draw_floor(axes: Axes, floors: np.ndarray) -> None:
    """A line; a band where the floors of the settings differ, as those of different sizes do."""
    if len(floors):
        axes.axhspan(floors.min(), floors.max(), color=TRUTH_FILL, lw=0)
        axes.axhline(floors.mean(), color=TRUTH_LINE, lw=1.0)


def _draw_panel(axes: Axes, numbers: pd.DataFrame, grid: GridAxes, best: str, metric: str) -> None:
    """One metric; ``numbers`` has value, error and floor by setting."""
    label, perfect = PANELS[metric]
    of_grid = numbers.reindex(list(grid.x))
    values, floors = of_grid["value"], of_grid["floor"].dropna().to_numpy()
    errors = of_grid["error"].fillna(0)
    shown = pd.concat([values - errors, values + errors]).dropna().to_numpy()
    untrained = float(numbers["value"].get(UNTRAINED, np.nan))
    low, high, log = _limits(np.concatenate([shown, floors]), perfect, untrained)
    axes.set_yscale("log" if log else "linear")
    axes.set_ylim(low, high)
    _draw_floor(axes, floors)
    if np.isfinite(untrained):
        _draw_untrained(axes, untrained)
    for i, settings in enumerate(grid.curves.values()):
        axes.errorbar(
            [grid.x[setting] for setting in settings],
            values[settings],
            errors[settings],
            fmt=MARKERS[i % len(MARKERS)],
            ls="-" if grid.ordered else "none",
            lw=0.9,
            ms=4.5,
            color=COLOURS[i % len(COLOURS)],
        )
    axes.plot(grid.x[best], values[best], "o", ms=11, mfc="none", mec="black", mew=1.1, label="best")
    axes.set_ylabel(label)
    _set_x(axes, grid)


def _set_x(axes: Axes, grid: GridAxes) -> None:
    slanted = len(grid.ticks) * max(map(len, grid.tick_labels)) > MOST_LETTERS
    axes.set_xticks(grid.ticks, grid.tick_labels, **({"rotation": 30, "ha": "right"} if slanted else {}))
    axes.tick_params(axis="x", top=False)
    places = [*grid.ticks, *grid.x.values()]
    margin = 0.08 * (np.ptp(places) or 5.0)
    axes.set_xlim(min(places) - margin, max(places) + margin)
    axes.set_xlabel(grid.label)


def _handles(grid: GridAxes, with_untrained: bool) -> list[Line2D]:
    line = "-" if grid.ordered else "none"
    curves = [
        Line2D([], [], color=COLOURS[i % len(COLOURS)], marker=MARKERS[i % len(MARKERS)], ls=line, label=label)
        for i, label in enumerate(grid.curves)
    ]
    handles = curves if len(curves) > 1 else [Line2D([], [], color=COLOURS[0], marker="o", ls=line, label="trained")]
    handles.append(Line2D([], [], color="black", marker="o", ms=11, mfc="none", ls="none", label="best on validation"))
    handles.append(Line2D([], [], color=TRUTH_LINE, lw=1.0, label="truth against truth"))
    if with_untrained:
        handles.append(Line2D([], [], color="black", ls="--", lw=1.0, label="untrained"))
    return handles


@styled
def draw_settings(
    metrics: pd.DataFrame, points: Mapping[str, Mapping[str, Any]], *, best: str, title: str = ""
) -> Figure:
    """One panel for each of PANELS that was measured, with error bars of one standard error.

    ``metrics``: tidy rows of one experiment and process; ``points``: hyperparameters of the grid by setting;
    ``best``: the setting to mark. The floor is drawn as a line, the untrained baseline dashed where it is on the scale.
    """
    rows = with_worst(overall_rows(metrics))
    tables = {metric: overall_rows(rows, metric).set_index("setting") for metric in PANELS}
    panels = [metric for metric, rows in tables.items() if rows["value"].reindex(list(points)).notna().any()]
    grid = grid_axes(points)
    n_columns = max(1, min(MOST_COLUMNS, len(panels)))
    n_rows = max(1, -(-len(panels) // n_columns))
    figure = new_figure(3.0 * n_columns, 0.8 + 2.5 * n_rows)
    axes = figure.subplots(n_rows, n_columns, squeeze=False)
    for each, metric in zip(axes.flat, panels, strict=False):
        _draw_panel(each, tables[metric], grid, best, metric)
    for unused in axes.flat[len(panels) :]:
        unused.set_axis_off()
    handles = _handles(grid, bool((metrics["setting"] == UNTRAINED).any()))
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), n_columns + 1))
    if title:
        figure.suptitle(title, fontsize=12)
    return figure
