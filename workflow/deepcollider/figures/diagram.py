"""Boxes and arrows: stages from top to bottom, branches side by side. Networks and schemes are drawn by it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Patch, Rectangle
from matplotlib.textpath import TextPath

from deepcollider.figures.layers import Edge
from deepcollider.figures.style import new_figure

TINT = 0.25
"""Strength of a box's colour; its edge has the full one."""

TEXT, SMALL = 9.0, 7.5
"""Points."""

BOX_HEIGHT, ROW_GAP, COLUMN_GAP, LINE = 0.42, 0.24, 0.2, 0.14
STAGE_GAP, LABEL_WIDTH, MARGIN, TOP, BOTTOM = 0.12, 1.25, 0.12, 0.4, 0.85
LEAST_WIDTH = 5.0
STACK, CHANNEL = 0.04, 0.18
"""Inches, all of them. A box has a title and one line of details, and grows by LINE for every further one; the box
behind a box of several is shifted by STACK; an arrow back has a CHANNEL of its own at the right."""

LETTERS = 9
"""Height of the title, in inches."""

ARROW, BACK = "#404040", "#D55E00"
"""Colours of arrows, and of those that lead back."""

Way = list[tuple[float, int]]
"""(column, row) of the free places that an arrow passes."""


@dataclass(frozen=True)
class Drawn:
    """A box as it is drawn."""

    id: str
    stage: str
    kind: str
    title: str
    detail: str  # one line or several
    row: int
    column: float
    stacked: bool = False  # it stands for several
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """A stage: the band behind its boxes."""

    name: str
    label: str  # below the name, smaller; may be empty


def width_of(text: str, size: float) -> float:
    """Width of a text in inches, that of its longest line."""
    lines = [line for line in text.split("\n") if line]
    return max((TextPath((0, 0), line, size=size).get_extents().width / 72 for line in lines), default=0.0)


def faint(colour: str) -> tuple[float, float, float]:
    """A colour on white, opaque."""
    return tuple(1 - TINT * (1 - part) for part in to_rgb(colour))


def _draw_box(axes: Axes, box: Drawn, x: float, y: float, size: tuple[float, float], colour: str) -> None:
    """A box around (x, y), which a second one behind it marks as several."""
    width, height = size
    for shift in (STACK, 0.0) if box.stacked else (0.0,):
        patch = FancyBboxPatch(
            (x - width / 2 + shift, y - height / 2 - shift),
            *(width, height),
            boxstyle="round,pad=0,rounding_size=0.06",
            facecolor=faint(colour),
            edgecolor=colour,
            linestyle="--" if box.dashed else "-",
            linewidth=1.2,
            zorder=3,
        )
        axes.add_patch(patch)
    patch.set_gid(box.id)
    lines = box.detail.count("\n") + 1 if box.detail else 0
    above = 0.085 + LINE * (lines - 1) / 2 if lines else 0.0
    axes.text(x, y + above, box.title, size=TEXT, ha="center", va="center", zorder=4)
    if lines:
        middle = y - 0.1 + 0.01 * (lines - 1)
        axes.text(x, middle, box.detail, size=SMALL, ha="center", va="center", zorder=4, color="#333333")


def _draw_arrow(axes: Axes, line: Sequence[tuple[float, float]], colour: str = ARROW, style: str = "-") -> None:
    """A line with an arrow head that points down at its end."""
    axes.plot(*zip(*line, strict=True), color=colour, lw=1.0, ls=style, zorder=2, solid_joinstyle="round")
    axes.plot(*line[-1], marker=(3, 0, 180), ms=5.5, color=colour, zorder=2.5)


def _with_right_angles(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points (x, y) with the corners of a line between them, each half-way between two rows."""
    line = [points[0]]
    for (x, y), (next_x, next_y) in pairwise(points):
        half = (y + next_y) / 2
        line += [(x, half), (next_x, half), (next_x, next_y)]
    return line


def draw_diagram(
    boxes: Sequence[Drawn],
    ways: Mapping[Edge, Way],
    bands: Sequence[Band],
    *,
    colours: Mapping[str, str],
    title: str,
    caption: str,
    back: Iterable[Edge] = (),
) -> Figure:
    """Draw boxes in their rows and columns, the ``ways`` between them, and dashed arrows ``back`` to boxes above.

    ``colours``: kind of box -> colour, in the order of the legend; ``bands``: the stages from top to bottom. The figure
    is as large as it must be for its texts.
    """
    back = list(back)
    width = 0.2 + max(max(width_of(box.title, TEXT), width_of(box.detail, SMALL)) for box in boxes)
    height = BOX_HEIGHT + LINE * max(box.detail.count("\n") for box in boxes)
    row_height = height + ROW_GAP
    pitch, reach = width + COLUMN_GAP, max(abs(box.column) for box in boxes)
    labels = max(LABEL_WIDTH, 0.2 + max(width_of(band.name, 1.1 * TEXT) for band in bands))  # bold is wider
    channels = CHANNEL * (len(back) + 1) if back else 0.0
    inner = max(2 * reach * pitch + pitch, LEAST_WIDTH - labels - channels - 2 * MARGIN)
    total_width, n_rows = inner + labels + channels + 2 * MARGIN, 1 + max(box.row for box in boxes)
    title = fill(title, round(total_width * LETTERS))
    above = TOP + 0.2 * title.count("\n")
    total_height = above + n_rows * row_height + (len(bands) - 1) * STAGE_GAP + BOTTOM
    names = [band.name for band in bands]
    stage_of_row = {box.row: names.index(box.stage) for box in boxes}

    def x_of(column: float) -> float:
        return MARGIN + labels + inner / 2 + column * pitch

    def y_of(row: int) -> float:
        return total_height - above - (row + 0.5) * row_height - stage_of_row[row] * STAGE_GAP

    figure = new_figure(total_width, total_height)
    figure.set_layout_engine(None)  # every place is chosen here, in inches
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, total_width), ylim=(0, total_height))
    axes.set_axis_off()
    by_id = {box.id: box for box in boxes}
    for number, band in enumerate(bands):
        rows = [row for row, of in stage_of_row.items() if of == number]
        top, bottom = y_of(min(rows)) + row_height / 2, y_of(max(rows)) - row_height / 2
        axes.add_patch(
            Rectangle((MARGIN, bottom), total_width - 2 * MARGIN, top - bottom, facecolor="#F4F4F4", zorder=0)
        )
        x, y = MARGIN + 0.08, (top + bottom) / 2
        if band.label:
            axes.text(x, y + 0.04, band.name, size=TEXT, weight="bold", va="bottom")
            axes.text(x, y, band.label, size=SMALL, va="top", linespacing=1.3)
        else:
            axes.text(x, y, band.name, size=TEXT, weight="bold", va="center")
    for box in boxes:
        _draw_box(axes, box, x_of(box.column), y_of(box.row), (width, height), colours[box.kind])
    for (source, target), passed in ways.items():
        first = (x_of(by_id[source].column), y_of(by_id[source].row) - height / 2)
        last = (x_of(by_id[target].column), y_of(by_id[target].row) + height / 2 + 0.03)
        through = [(x_of(column), y_of(row) + side) for column, row in passed for side in (height / 2, -height / 2)]
        _draw_arrow(axes, _with_right_angles([first, *through, last]))
    for number, (source, target) in enumerate(back):
        start, end = by_id[source], by_id[target]
        channel = MARGIN + labels + inner + CHANNEL * (number + 0.5)
        entry = x_of(end.column) + width * (0.25 + 0.08 * number)
        top = y_of(end.row) + height / 2
        over = top + ROW_GAP * (0.55 + 0.15 * (number % 2))
        if any(box.row == start.row and box.column > start.column for box in boxes):  # its right is not free
            below = y_of(start.row) - height / 2 - ROW_GAP * 0.3
            leaving = [
                (x_of(start.column), y_of(start.row) - height / 2),
                (x_of(start.column), below),
                (channel, below),
            ]
        else:
            leaving = [(x_of(start.column) + width / 2, y_of(start.row)), (channel, y_of(start.row))]
        _draw_arrow(axes, [*leaving, (channel, over), (entry, over), (entry, top + 0.03)], BACK, (0, (4, 2)))
    axes.text(total_width / 2, total_height - above / 2, title, size=12, ha="center", va="center")
    axes.text(total_width / 2, BOTTOM - 0.18, caption, size=TEXT, ha="center", va="center")
    drawn = [kind for kind in colours if any(box.kind == kind for box in boxes)]
    handles = [Patch(facecolor=faint(colours[kind]), edgecolor=colours[kind], label=kind) for kind in drawn]
    figure.legend(handles=handles, loc="lower center", ncols=3, borderaxespad=0.2)
    return figure
