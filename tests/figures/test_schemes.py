"""Schemes of the documents: that they are drawn whole, that they say what the systems do, and how faults are named."""

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import yaml

from deepcollider.errors import ConfigError
from deepcollider.features.scaling import Standardiser
from deepcollider.features.views import chained, few_jets, particles, particles_in_events
from deepcollider.figures import feynman
from deepcollider.figures.diagram import BACK
from deepcollider.figures.schemes import KIND_COLOURS, draw_scheme, read_schemes, scheme_of
from deepcollider.figures.style import save
from deepcollider.generators.registry import system_class
from deepcollider.metrics.mask_test import FREQUENT_FRACTION
from deepcollider.physics.kinds import KINDS

ROOT = Path(__file__).parents[2]
SCHEMES = read_schemes(ROOT / "resources/schemes.yaml")
GRAPHS = [name for name, entry in SCHEMES.items() if "vertices" in entry]
DIAGRAMS = [name for name in SCHEMES if name not in GRAPHS]


def box(name: str, of: str) -> dict:
    """The entry of a box of a scheme."""
    (found,) = [boxes[name] for boxes in SCHEMES[of]["stages"].values() if name in boxes]
    return found


def words(of: dict) -> str:
    return f"{of['text']} {of.get('detail', '')}"


@pytest.mark.parametrize("name", DIAGRAMS)
def test_every_box_is_drawn_apart_with_its_texts_inside(name):
    figure = draw_scheme(SCHEMES[name], name)
    figure.draw_without_rendering()
    (axes,) = figure.get_axes()
    scheme = scheme_of(SCHEMES[name], name)
    drawn = {patch.get_gid(): patch.get_window_extent() for patch in axes.patches if patch.get_gid()}
    assert set(drawn) == {each.id for each in scheme.boxes}
    whole = figure.get_window_extent()
    for one in drawn.values():
        assert whole.x0 <= one.x0 < one.x1 <= whole.x1 and whole.y0 <= one.y0 < one.y1 <= whole.y1
        assert sum(other.overlaps(one) for other in drawn.values()) == 1  # itself
    stages = {t.get_text(): t.get_window_extent() for t in axes.texts if t.get_weight() == "bold"}
    assert list(stages) == scheme.stages
    for each in scheme.boxes:
        for text in filter(None, (each.text, each.detail)):
            matching = [t.get_window_extent() for t in axes.texts if t.get_text() == text]
            frame = drawn[each.id]
            assert any(
                frame.x0 <= t.x0 and t.x1 <= frame.x1 and frame.y0 <= t.y0 and t.y1 <= frame.y1 for t in matching
            ), (each.id, text)
    assert not any(label.overlaps(frame) for label in stages.values() for frame in drawn.values())
    assert f"after {scheme.source}" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("name", DIAGRAMS)
def test_arrows_begin_and_end_at_their_boxes_and_cross_no_other(name):
    figure = draw_scheme(SCHEMES[name], name)
    figure.draw_without_rendering()
    (axes,) = figure.get_axes()
    scheme = scheme_of(SCHEMES[name], name)
    frames = {patch.get_gid(): patch.get_extents() for patch in axes.patches if patch.get_gid()}
    inverse = axes.transData.inverted()
    frames = {gid: frame.transformed(inverse) for gid, frame in frames.items()}
    lines = [line for line in axes.lines if len(line.get_xdata()) > 1]
    assert len(lines) == len(scheme.arrows) + len(scheme.back)
    for line, (source, target) in zip(lines, [*scheme.arrows, *scheme.back], strict=True):
        points = line.get_xydata()
        start, end = frames[source], frames[target]
        assert start.x0 - 0.02 <= points[0][0] <= start.x1 + 0.02 and start.y0 - 0.02 <= points[0][1] <= start.y1 + 0.02
        assert end.x0 <= points[-1][0] <= end.x1 and 0 < points[-1][1] - end.y1 < 0.1
        along = np.concatenate([np.linspace(a, b, 100) for a, b in pairwise(points)])
        for gid, frame in frames.items():
            inside = (along > [frame.x0 + 0.02, frame.y0 + 0.02]) & (along < [frame.x1 - 0.02, frame.y1 - 0.02])
            assert not inside.all(axis=1).any(), f"{source} -> {target} runs through {gid}"
        assert (line.get_color() == BACK) == ((source, target) in scheme.back)


def test_same_scheme_same_bytes(tmp_path):
    for number in (1, 2):
        figure = draw_scheme(SCHEMES["gan-training"], "gan")
        save(figure, tmp_path / f"{number}.pdf", tmp_path / f"{number}.png")
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()


def test_files_of_the_chained_models_are_their_parts():
    files = SCHEMES["chained-files"]["stages"]["files"]
    others = [part for part in chained.VIEW.parts if part not in files]
    assert [*(name for name in files if name != "others"), *others] == list(chained.VIEW.parts)
    assert len(chained.VIEW.parts) == 10 and len(others) == 5 and files["others"]["several"]
    assert f"mask of {len(chained.MASK_COLUMNS)} bits" in files["met"]["detail"]
    for part, told in files.items():
        columns = chained.VIEW.columns(others[0] if part == "others" else part)
        assert ("sum" in told["detail"]) == any(c.startswith("sum_") for c in columns), part
        assert ("the one before" in told["detail"]) == any(c.startswith("previous_") for c in columns), part
    assert f"{100 * chained.VIEW.frequent_fraction:g} %" in box("frequent", "chained-files")["detail"]


def test_example_of_the_chain_has_the_objects_of_its_mask():
    scheme = SCHEMES["chained-generation"]
    bits = box("mask", "chained-generation")["detail"].split()
    counts = [group.count("1") for group in bits]
    assert [len(group) for group in bits] == chained.MOST.tolist()
    assert chained.ordinal_masks(np.array([counts])).astype(int).ravel().tolist() == [int(b) for b in "".join(bits)]
    networks = [told for boxes in scheme["stages"].values() for told in boxes.values() if told["kind"] == "network"]
    assert len(networks) == 1 + sum(counts)
    for before, told in enumerate(networks[1:]):
        assert ("sum of" in told["detail"]) == (before > 0)
        assert before == 0 or f"sum of {before} object" in told["detail"]
    named = dict(zip((kind.symbol for kind in KINDS), counts, strict=True))
    assert (named["b"], named["j"], named["e+"], sum(counts)) == (2, 3, 1, 6)


def test_files_of_particles_are_their_parts():
    files = SCHEMES["particle-files"]["stages"]["files"]
    view = particles_in_events.VIEW
    assert list(files) == list(view.parts) and len(files) == 8
    assert f"{len(particles_in_events.MASK_COLUMNS)} bits: {particles_in_events.MAX_ORDER} a kind" in words(
        files["met"]
    )
    for part in view.parts[1:]:
        assert f"order: {len(particles_in_events.ORDER_COLUMNS)} bits" in words(files[part])


def test_codes_and_thresholds_are_those_of_the_systems():
    one, three = (system_class(name).defaults for name in ("alpha-vae-per-particle", "beta-vae-single"))
    text = words(box("met", "alpha-vae-per-particle-generation"))
    assert f"above {one['mask_threshold']}" in text
    assert f"above {three['mask_threshold']}" in words(box("event", "beta-vae-single-generation"))
    assert f"mask of {len(few_jets.SLOTS)} bits" in words(box("mask", "beta-vae-single-generation"))
    for kind, name in (("jet", "jets"), ("bjet", "bjets")):
        assert box(name, "beta-vae-single-generation")["text"].startswith(f"{few_jets.MOST[kind]} ")
    assert f"{len(particles.VIEW.parts) - 1} kinds" in words(box("decoder", "beta-vae-per-particle-generation"))
    assert f"[0, {FREQUENT_FRACTION})" in words(box("frequent", "mask-generator"))
    assert system_class("beta-vae-per-particle").frequent_fraction == FREQUENT_FRACTION


@pytest.mark.parametrize(
    ("system", "part", "name"),
    [
        ("beta-vae-per-particle", "met", "met-noise"),
        ("beta-vae-per-particle", "jet", "noise"),
        ("beta-vae-single", "event", "noise"),
    ],
)
def test_codes_are_as_long_as_those_of_the_networks(system, part, name):
    built = system_class(system)()
    n_columns = len(built.view.columns(part))
    network = built.build(part, Standardiser((0.0,) * n_columns, (1.0,) * n_columns), 0)
    assert words(box(name, f"{system}-generation")).startswith(f"N(0, 1): {network.latent} numbers")


def test_example_of_the_mask_generator_is_a_rare_mask():
    drawn = float(re.search(r"for example ([0-9.]+)", box("u", "mask-generator")["detail"])[1])
    assert drawn >= FREQUENT_FRACTION


@pytest.mark.parametrize("name", GRAPHS)
def test_charge_and_lepton_number_are_conserved(name):
    """Particles by their labels; at each inner vertex what comes in goes out."""
    charge = {"$W^{\\prime}$": 1, "$W$": 1, "$Z$": 0, "$\\nu$": 0}
    graph = feynman.graph_of(SCHEMES[name], name)
    for vertex in ("decay", "w", "z"):
        flow = 0
        for line in graph.lines:
            if vertex not in (line.start, line.end):
                continue
            free = line.start if line.start not in graph.inner else line.end if line.end not in graph.inner else None
            if free is None:  # inner lines run in time
                flow += charge[line.label] * (1 if line.end == vertex else -1)
            else:
                flow -= {"+": 1, "-": -1}.get(line.label[-3], 0) if "ell" in line.label else charge[line.label]
        assert flow == 0, vertex
        fermions = [line for line in graph.lines if line.kind == "fermion" and vertex in (line.start, line.end)]
        assert sum(1 if line.end == vertex else -1 for line in fermions) == 0  # one arrow in, one out
    outgoing = [line.label for line in graph.lines if {line.start, line.end} & {"w", "z"} and line.kind == "fermion"]
    assert sum("ell" in label for label in outgoing) == 3 and sum("nu" in label for label in outgoing) == 1


def test_wave_begins_and_ends_where_the_line_does():
    start, end = np.array([1.0, 2.0]), np.array([4.0, 6.0])
    points = feynman.wave(start, end)
    np.testing.assert_allclose(points[[0, -1]], [start, end], atol=1e-12)
    across = np.array([-0.8, 0.6])
    assert np.abs((points - start) @ across).max() == pytest.approx(feynman.AMPLITUDE, rel=1e-2)


@pytest.mark.parametrize("name", GRAPHS)
def test_graph_names_every_particle_inside_the_picture(name):
    figure = draw_scheme(SCHEMES[name], name)
    figure.draw_without_rendering()
    texts = [text for text in figure.get_axes()[0].texts if text.get_text()]
    assert [line["label"] for line in SCHEMES[name]["lines"]] == [text.get_text() for text in texts[: len(
        SCHEMES[name]["lines"])]]  # fmt: skip
    whole = figure.get_window_extent()
    boxes = [text.get_window_extent() for text in texts]
    assert all(whole.x0 <= b.x0 and b.x1 <= whole.x1 and whole.y0 <= b.y0 and b.y1 <= whole.y1 for b in boxes)
    assert all(not one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


GOOD = """
s:
  title: T
  source: thesis 1
  stages:
    in: {a: {kind: events, text: A}}
    out: {b: {kind: step, text: B}}
  arrows: [a -> b]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: step", "kind: stpe", "s: b: unknown kind 'stpe'; did you mean 'step'?"),
        ("text: B", "txt: B", "s: b: unknown key 'txt'; did you mean 'text'?"),
        ("kind: step, ", "", "s: b: 'kind' is missing"),
        ("a -> b", "a -> c", "s: arrows: no box is called 'c'"),
        ("[a -> b]", "[a]", "s: arrows: 'a' has no arrow; write a -> b"),
        ("a -> b", "b -> a", "s: arrows: b -> a leads to a stage before; list it under back"),
        ("[a -> b]", "[a -> b, a -> a]", "s: the arrows lead in a circle"),
        ("out: {b", "out: {a", "s: a: stands there already, in stage 'in'"),
        ("  title: T\n", "", "s: 'title' is missing"),
        ("arrows:", "arows:", "s: unknown key 'arows'; did you mean 'arrows'?"),
        ("{kind: step, text: B}", "B", "s: b: 'B', but the keys"),
        ("stages:", "stages: {", "line 7"),
        (GOOD, "[1, 2]", "a scheme is expected under each name"),
        (GOOD, "s: 3", "a scheme is expected under each name"),
    ],
)
def test_faults_name_file_and_place(tmp_path, old, new, told):
    path = tmp_path / "schemes.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert list(read_schemes(path)) == ["s"]
    assert old in GOOD
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_schemes(path)
    assert str(error.value).startswith(f"{path}: ") and told in str(error.value)


GRAPH = """
g:
  title: T
  source: thesis 2
  vertices: {a: [0, 0], b: [1, 0]}
  lines: [{from: a, to: b, kind: boson, label: Z}]
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("to: b", "to: c", "g: line 1: no vertex is called 'c'"),
        ("kind: boson", "kind: bosn", "g: line 1: unknown kind 'bosn'; did you mean 'boson'?"),
        (", label: Z", "", "g: line 1: keys"),
        ("  source: thesis 2\n", "", "g: 'source' is missing"),
        ("lines:", "line:", "g: unknown key 'line'; did you mean 'lines'?"),
    ],
)
def test_faults_of_graphs_name_file_and_place(tmp_path, old, new, told):
    path = tmp_path / "schemes.yaml"
    path.write_text(GRAPH.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_schemes(path)
    assert str(error.value).startswith(f"{path}: ") and told in str(error.value)


def test_kinds_have_colours_of_their_own():
    assert len(set(KIND_COLOURS.values())) == len(KIND_COLOURS)
    used = {told["kind"] for n in DIAGRAMS for boxes in SCHEMES[n]["stages"].values() for told in boxes.values()}
    assert used == set(KIND_COLOURS)


def test_every_scheme_is_a_published_figure():
    lines = (ROOT / "config/published_figures.tsv").read_text(encoding="utf-8")
    assert set(re.findall(r"figures/schemes/([\w-]+)\.png", lines)) == set(SCHEMES)
    assert yaml.safe_load((ROOT / "resources/schemes.yaml").read_text(encoding="utf-8")) == SCHEMES
