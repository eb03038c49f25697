"""Feynman graphs: time from left to right, fermions as lines with an arrow, bosons as waves.

An entry has ``title``, ``source``, ``vertices`` (name -> x, y) and ``lines`` (``from``, ``to``, ``kind``: fermion or
boson, ``label``). A vertex that one line alone reaches is an incoming or outgoing particle.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deepcollider.errors import ConfigError, nearest
from deepcollider.figures.style import COLOURS, new_figure, styled

KEYS = {"title", "source", "vertices", "lines"}
LINE_KEYS = {"from", "to", "kind", "label"}
KIND_COLOURS = {"fermion": COLOURS[6], "boson": COLOURS[0]}

SCALE, MARGIN = 1.15, 0.55
"""Inches: of a unit of the coordinates, and around the graph."""

WAVES, AMPLITUDE = 4.0, 0.06
"""Waves of a boson in a unit of length, and how far they swing."""


@dataclass(frozen=True)
class Line:
    """A particle from one vertex to another."""

    start: str
    end: str
    kind: str
    label: str


@dataclass(frozen=True)
class Graph:
    """A graph as it is drawn."""

    title: str
    source: str
    vertices: dict[str, tuple[float, float]]
    lines: list[Line]

    @property
    def inner(self) -> list[str]:
        """Vertices where lines meet."""
        reached = Counter(end for line in self.lines for end in (line.start, line.end))
        return [name for name in self.vertices if reached[name] > 1]


def graph_of(entry: Mapping[str, Any], place: str) -> Graph:
    """A graph from its entry; ConfigError where it is not as the module says. ``place`` begins the message."""
    for key in sorted(KEYS | set(entry)):
        if key not in KEYS:
            raise ConfigError(f"{place}: unknown key {key!r}; {nearest(key, KEYS)}")
        if not entry.get(key):
            raise ConfigError(f"{place}: {key!r} is missing")
    vertices = {name: tuple(at) for name, at in entry["vertices"].items()}
    lines = []
    for number, told in enumerate(entry["lines"], 1):
        here = f"{place}: line {number}"
        if set(told) != LINE_KEYS:
            raise ConfigError(f"{here}: keys {sorted(told)}, but {sorted(LINE_KEYS)} are expected")
        if told["kind"] not in KIND_COLOURS:
            raise ConfigError(f"{here}: unknown kind {told['kind']!r}; {nearest(told['kind'], KIND_COLOURS)}")
        for end in (told["from"], told["to"]):
            if end not in vertices:
                raise ConfigError(f"{here}: no vertex is called {end!r}; {nearest(end, vertices)}")
        lines.append(Line(told["from"], told["to"], told["kind"], told["label"]))
    return Graph(entry["title"], entry["source"], vertices, lines)


def wave(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Points (n, 2) of a wave that begins and ends on the straight line between two points (2,)."""
    way = end - start
    length = np.hypot(*way)
    across = np.array([-way[1], way[0]]) / length
    along = np.linspace(0, 1, 200)[:, np.newaxis]
    turns = max(1, round(WAVES * length))
    return start + along * way + AMPLITUDE * np.sin(2 * np.pi * turns * along) * across


def _draw_line(axes: Axes, line: Line, start: np.ndarray, end: np.ndarray) -> None:
    colour = KIND_COLOURS[line.kind]
    if line.kind == "boson":
        axes.plot(*wave(start, end).T, color=colour, lw=1.6)
    else:
        axes.plot(*np.stack([start, end]).T, color=colour, lw=1.4)
        middle, way = (start + end) / 2, (end - start) / np.hypot(*(end - start))
        axes.annotate(
            "", middle + 0.07 * way, middle - 0.07 * way,
            arrowprops={"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def _draw_label(axes: Axes, line: Line, graph: Graph) -> None:
    """The name of a particle: above the middle of an inner line, beyond the free end of another."""
    start, end = (np.array(graph.vertices[name]) for name in (line.start, line.end))
    inner = [name in graph.inner for name in (line.start, line.end)]
    if all(inner):
        way = (end - start) / np.hypot(*(end - start))
        across = np.array([-way[1], way[0]]) * (1 if way[0] >= 0 else -1)
        at, options = (start + end) / 2 + 0.22 * across, {"ha": "center"}
    else:
        free, other = (start, end) if inner[1] else (end, start)
        at, options = free, {"ha": "right" if free[0] < other[0] else "left"}
        at = at + np.array([-0.08 if options["ha"] == "right" else 0.08, 0.0])
    axes.text(*at, line.label, size=13, va="center", **options)


@styled
def draw_graph(graph: Graph) -> Figure:
    """Draw a graph, its particles named."""
    places = np.array(list(graph.vertices.values()), float)
    low, high = places.min(axis=0) - MARGIN, places.max(axis=0) + MARGIN
    high[1] += 0.35  # for the title
    low[1] -= 0.25  # and for the source
    figure = new_figure(*(SCALE * (high - low)), layout=None)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    axes.set_axis_off()
    for line in graph.lines:
        start, end = (np.array(graph.vertices[name], float) for name in (line.start, line.end))
        _draw_line(axes, line, start, end)
        _draw_label(axes, line, graph)
    inner = np.array([graph.vertices[name] for name in graph.inner], float).reshape(-1, 2)
    axes.plot(*inner.T, "o", ms=5, color="black", zorder=3)
    middle = (low[0] + high[0]) / 2
    axes.text(middle, high[1] - 0.3, graph.title, size=12, ha="center", va="center")
    axes.text(middle, low[1] + 0.2, f"after {graph.source}", size=9, ha="center", va="center")
    return figure
