"""Diagram of a network: its stages from top to bottom, branches side by side, a box a layer (or several equal ones)."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from shutil import copyfile
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Patch, Rectangle
from matplotlib.textpath import TextPath

from deepcollider.figures.layers import KINDS, Box, boxes_of, equal_networks, placed
from deepcollider.figures.style import COLOURS, new_figure, save, styled
from deepcollider.files import written_whole

KIND_COLOURS = dict(zip(KINDS, (COLOURS[5], COLOURS[0], COLOURS[4], COLOURS[3], COLOURS[2], "#999999"), strict=True))
TINT = 0.25
"""Strength of a box's colour; its edge has the full one."""

TEXT, SMALL = 9.0, 7.5
"""Points."""

BOX_HEIGHT, ROW_HEIGHT, COLUMN_GAP = 0.42, 0.66, 0.2
STAGE_GAP, LABEL_WIDTH, MARGIN, TOP, BOTTOM = 0.12, 1.25, 0.12, 0.4, 0.85
LEAST_WIDTH = 5.0
STACK = 0.04
"""Inches, all of them; the last is how far the box behind a box of several branches is shifted."""

LETTERS = 9
"""Of the title, an inch."""


def in_thousands(number: int) -> str:
    """A whole number with its thousands apart."""
    return f"{number:,}".replace(",", " ")


def title_of(box: Box) -> str:
    """First line of a box: what it is called, and what it does."""
    text = f"{box.depth} × {box.text}" if box.depth > 1 else box.text
    names = f"{box.names[0]} … {box.names[-1]}" if len(box.names) > 2 else ", ".join(box.names)
    return ": ".join(each for each in (names, text) if each)


def detail_of(box: Box) -> str:
    """Second line: the shape of what it gives and its parameters, both times the number of branches."""
    times = f"{box.branches} × " if box.branches > 1 else ""
    shape = f"{times}({', '.join(map(str, box.shape))})"
    if not box.parameters:
        return shape
    count = f"{times}{in_thousands(box.parameters)}"
    return f"{shape}, {count} {'parameters' if box.trainable else 'never trained'}"


def totals_of(description: dict[str, Any]) -> str:
    """Numbers of parameters in words."""
    n, trained = description["parameters"], description["trainable_parameters"]
    which = "all of them trained" if n == trained else f"{in_thousands(trained)} of them trained"
    return f"{description['network']}: {in_thousands(n)} parameters, {which}"


def width_of(text: str, size: float) -> float:
    """Width of a line of text in inches."""
    return TextPath((0, 0), text, size=size).get_extents().width / 72 if text else 0.0


def faint(colour: str) -> tuple[float, float, float]:
    """A colour on white, opaque."""
    return tuple(1 - TINT * (1 - part) for part in to_rgb(colour))


def draw_box(axes: Axes, box: Box, x: float, y: float, width: float) -> None:
    """A box around (x, y), which a second one behind it marks as several."""
    for shift in (STACK, 0.0) if box.branches > 1 else (0.0,):
        patch = FancyBboxPatch(
            (x - width / 2 + shift, y - BOX_HEIGHT / 2 - shift),
            *(width, BOX_HEIGHT),
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=faint(KIND_COLOURS[box.kind]),
            edgecolor=KIND_COLOURS[box.kind],
            linestyle="-" if box.trainable else "--",
            linewidth=1.2,
            zorder=3,
        )
        axes.add_patch(patch)
    patch.set_gid(box.id)
    axes.text(x, y + 0.085, title_of(box), size=TEXT, ha="center", va="center", zorder=4)
    axes.text(x, y - 0.1, detail_of(box), size=SMALL, ha="center", va="center", zorder=4, color="#333333")


def draw_edge(axes: Axes, points: list[tuple[float, float]]) -> None:
    """A line through points (x, y) with right angles half-way between two rows, and an arrow head at its end."""
    line = [points[0]]
    for (x, y), (next_x, next_y) in pairwise(points):
        half = (y + next_y) / 2
        line += [(x, half), (next_x, half), (next_x, next_y)]
    axes.plot(*zip(*line, strict=True), color="#404040", lw=1.0, zorder=2, solid_joinstyle="round")
    axes.plot(*line[-1], marker=(3, 0, 180), ms=5.5, color="#404040", zorder=2.5)


@styled
def draw_architecture(description: dict[str, Any], *, title: str = "") -> Figure:
    """``description``: JSON content as :func:`deepcollider.generators.architecture.describe` gives it."""
    stages = {stage["name"]: stage for stage in description["stages"]}
    boxes, edges = boxes_of(description)
    ways = placed(boxes, edges, list(stages))
    width = 0.2 + max(max(width_of(title_of(box), TEXT), width_of(detail_of(box), SMALL)) for box in boxes)
    pitch, reach = width + COLUMN_GAP, max(abs(box.column) for box in boxes)
    inner = max(2 * reach * pitch + pitch, LEAST_WIDTH - LABEL_WIDTH - 2 * MARGIN)
    total_width, n_rows = inner + LABEL_WIDTH + 2 * MARGIN, 1 + max(box.row for box in boxes)
    title = fill(title, round(total_width * LETTERS))
    above = TOP + 0.2 * title.count("\n")
    total_height = above + n_rows * ROW_HEIGHT + (len(stages) - 1) * STAGE_GAP + BOTTOM
    stage_of_row = {box.row: list(stages).index(box.stage) for box in boxes}

    def x_of(column: float) -> float:
        return MARGIN + LABEL_WIDTH + inner / 2 + column * pitch

    def y_of(row: int) -> float:
        return total_height - above - (row + 0.5) * ROW_HEIGHT - stage_of_row[row] * STAGE_GAP

    figure = new_figure(total_width, total_height)
    figure.set_layout_engine(None)  # every place is chosen here, in inches
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, total_width), ylim=(0, total_height))
    axes.set_axis_off()
    by_id = {box.id: box for box in boxes}
    for number, stage in enumerate(stages.values()):
        rows = [row for row, of in stage_of_row.items() if of == number]
        top, bottom = y_of(min(rows)) + ROW_HEIGHT / 2, y_of(max(rows)) - ROW_HEIGHT / 2
        band = Rectangle((MARGIN, bottom), total_width - 2 * MARGIN, top - bottom, facecolor="#F4F4F4", zorder=0)
        axes.add_patch(band)
        label = f"{in_thousands(stage['parameters'])}\nparameters" if stage["parameters"] else "no parameters"
        x, y = MARGIN + 0.08, (top + bottom) / 2
        axes.text(x, y + 0.04, stage["name"], size=TEXT, weight="bold", va="bottom")
        axes.text(x, y, label, size=SMALL, va="top", linespacing=1.3)
    for box in boxes:
        draw_box(axes, box, x_of(box.column), y_of(box.row), width)
    for (source, target), passed in ways.items():
        first = (x_of(by_id[source].column), y_of(by_id[source].row) - BOX_HEIGHT / 2)
        last = (x_of(by_id[target].column), y_of(by_id[target].row) + BOX_HEIGHT / 2 + 0.03)
        through = [
            (x_of(column), y_of(row) + side) for column, row in passed for side in (BOX_HEIGHT / 2, -BOX_HEIGHT / 2)
        ]
        draw_edge(axes, [first, *through, last])
    axes.text(total_width / 2, total_height - above / 2, title, size=12, ha="center", va="center")
    axes.text(total_width / 2, BOTTOM - 0.18, totals_of(description), size=TEXT, ha="center", va="center")
    drawn = [kind for kind in KINDS if any(box.kind == kind for box in boxes)]
    handles = [Patch(facecolor=faint(KIND_COLOURS[kind]), edgecolor=KIND_COLOURS[kind], label=kind) for kind in drawn]
    figure.legend(handles=handles, loc="lower center", ncols=3, borderaxespad=0.2)
    return figure


def save_architectures(
    descriptions: Mapping[str, dict[str, Any]], files: Mapping[str, tuple[str | Path, str | Path]], *, title: str = ""
) -> None:
    """Draw the network of every part; ``files``: part -> (PDF, PNG). Equal networks share a figure."""
    for parts in equal_networks(descriptions):
        first, *others = (files[part] for part in parts)
        save(draw_architecture(descriptions[parts[0]], title=f"{title}: {', '.join(parts)}"), *first)
        for other in others:
            for source, target in zip(first, other, strict=True):
                with written_whole(target) as path:
                    copyfile(source, path)
