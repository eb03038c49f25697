"""Diagrams of networks, from graphs made by hand."""

from itertools import combinations, pairwise

import pytest

from deepcollider.figures.architecture import draw_architecture, save_architectures
from deepcollider.figures.layers import boxes_of, equal_networks, placed


def node(identity, layer="Dense", text="Dense 8 + ReLU", gives=None, shape=(8,), parameters=72, trainable=True):
    stage = identity.partition("/")[0]
    return {
        **{"id": identity, "stage": stage, "layer": layer, "text": text, "gives": gives, "shape": list(shape)},
        **{"parameters": parameters, "trainable_parameters": parameters * trainable, "trainable": trainable},
    }


def source(identity, shape=(4,)):
    return node(identity, "InputLayer", identity.partition("/")[2], shape=shape, parameters=0)


def described(nodes, edges):
    stages = [
        {"name": stage, "parameters": sum(n["parameters"] for n in nodes if n["stage"] == stage)}
        for stage in dict.fromkeys(n["stage"] for n in nodes)
    ]
    total = sum(stage["parameters"] for stage in stages)
    return {
        **{"network": "Toy", "stages": stages, "nodes": nodes, "edges": [list(edge) for edge in edges]},
        **{"parameters": total, "trainable_parameters": total},
    }


@pytest.fixture
def event():
    """MET and three equal jets, joined; a code; MET and the jets again, these with one layer more."""
    slots = ("jet1", "jet2", "jet3")
    nodes = [source("encoder/met", (2,)), *(source(f"encoder/{slot}") for slot in slots)]
    nodes += [node(f"encoder/{slot}_in_{k}", parameters=100 * k) for slot in slots for k in (1, 2)]
    nodes += [node("encoder/joined", "Concatenate", "Concatenate", shape=(26,), parameters=0)]
    nodes += [node("encoder/code", text="Dense 3", gives="code", shape=(3,), parameters=81)]
    nodes += [node("encoder/unread", text="Dense 3", gives="unread", shape=(3,), parameters=81, trainable=False)]
    nodes += [node("variator", "NoisyCode", "code + 0.2 · N(0, 1)", shape=(3,), parameters=0)]
    nodes += [source("decoder/code", (3,)), node("decoder/first", parameters=32)]
    nodes += [node(f"decoder/{slot}_out", parameters=72) for slot in slots]
    nodes += [node("decoder/met_out", text="Dense 2", gives="met", shape=(2,), parameters=18)]
    nodes += [node(f"decoder/{slot}_linear", text="Dense 4", gives=slot, shape=(4,), parameters=36) for slot in slots]
    edges = [
        ("encoder/met", "encoder/joined"),
        ("encoder/joined", "encoder/code"),
        ("encoder/joined", "encoder/unread"),
    ]
    edges += [("encoder/code", "variator"), ("variator", "decoder/code"), ("decoder/code", "decoder/first")]
    edges += [("decoder/first", "decoder/met_out")]
    for slot in slots:
        steps = [f"encoder/{slot}", f"encoder/{slot}_in_1", f"encoder/{slot}_in_2", "encoder/joined"]
        edges += pairwise(steps)
        edges += [("decoder/first", f"decoder/{slot}_out"), (f"decoder/{slot}_out", f"decoder/{slot}_linear")]
    return described(nodes, edges)


def texts_of(figure) -> list[str]:
    return [text.get_text() for text in figure.get_axes()[0].texts]


def patches_of(figure, event):
    """Box -> its (left, bottom, right, top) in pixels."""
    figure.draw_without_rendering()
    ids = {box.id for box in boxes_of(event)[0]}
    return {p.get_gid(): p.get_window_extent().extents for p in figure.get_axes()[0].patches if p.get_gid() in ids}


def test_equal_branches_and_equal_layers_are_one_box(event):
    boxes, edges = boxes_of(event)
    found = {(box.id, box.branches, box.depth, box.parameters, tuple(box.names)) for box in boxes}
    jets = ("jet1", "jet2", "jet3")
    assert found == {
        ("encoder/met", 1, 1, 0, ("met",)),
        ("encoder/jet1", 3, 1, 0, jets),
        ("encoder/jet1_in_1", 3, 2, 300, ()),  # two layers of 100 and 200 parameters in each branch
        ("encoder/joined", 1, 1, 0, ()),
        ("encoder/code", 1, 1, 81, ("code",)),
        ("encoder/unread", 1, 1, 81, ("unread",)),
        ("variator", 1, 1, 0, ()),
        ("decoder/first", 1, 1, 32, ()),
        ("decoder/jet1_out", 3, 1, 72, ()),
        ("decoder/met_out", 1, 1, 18, ("met",)),
        ("decoder/jet1_linear", 3, 1, 36, jets),
    }
    assert ("variator", "decoder/first") in edges  # the input that the variator feeds would repeat it
    assert ("encoder/jet1_in_1", "encoder/joined") in edges


@pytest.mark.parametrize("what", ["parameters", "text", "shape", "trainable"])
def test_branch_that_differs_stays_apart(event, what):
    (odd,) = (n for n in event["nodes"] if n["id"] == "decoder/jet2_out")
    odd[what] = {"parameters": 73, "text": "Dense 9", "shape": [9], "trainable": False}[what]
    boxes = {box.id: box for box in boxes_of(event)[0]}
    assert boxes["decoder/jet1_out"].names == [] and boxes["decoder/jet1_out"].branches == 2
    assert boxes["decoder/jet1_linear"].names == ["jet1", "jet3"]
    assert boxes["decoder/jet2_out"].branches == boxes["decoder/jet2_linear"].branches == 1


def test_layers_with_another_way_in_or_out_stay_apart():
    nodes = [source("a/x"), *(node(f"a/{name}") for name in ("one", "two", "three")), node("a/out", gives="y")]
    chain = [("a/x", "a/one"), ("a/one", "a/two"), ("a/two", "a/three"), ("a/three", "a/out")]
    assert [box.depth for box in boxes_of(described(nodes, chain))[0]] == [1, 3, 1]
    shortcut = boxes_of(described(nodes, [*chain, ("a/one", "a/three")]))[0]
    assert [box.depth for box in shortcut] == [1, 1, 1, 1, 1]


def test_rows_follow_the_edges_and_stages_share_none(event):
    boxes, edges = boxes_of(event)
    ways = placed(boxes, edges, [stage["name"] for stage in event["stages"]])
    by_id = {box.id: box for box in boxes}
    assert all(by_id[source].row < by_id[target].row for source, target in edges)
    rows = {stage["name"]: {box.row for box in boxes if box.stage == stage["name"]} for stage in event["stages"]}
    assert rows == {"encoder": {0, 1, 2, 3}, "variator": {4}, "decoder": {5, 6, 7}}
    assert [(row, column) for column, row in ways["encoder/met", "encoder/joined"]] == [
        (1, by_id["encoder/met"].column)
    ]
    taken = [(box.row, box.column) for box in boxes]
    assert len(set(taken)) == len(taken)
    assert by_id["encoder/met"].column < by_id["encoder/jet1"].column  # as declared
    assert by_id["encoder/code"].column < by_id["encoder/unread"].column
    assert by_id["decoder/met_out"].column < by_id["decoder/jet1_out"].column == by_id["decoder/jet1_linear"].column


def test_every_box_is_written(event):
    texts = texts_of(draw_architecture(event, title="all of it"))
    for text in (
        *("all of it", "encoder", "variator", "decoder", "jet1 … jet3", "2 × Dense 8 + ReLU", "Concatenate"),
        *("code: Dense 3", "unread: Dense 3", "code + 0.2 · N(0, 1)", "jet1 … jet3: Dense 4", "met: Dense 2"),
        *("3 × (8), 3 × 300 parameters", "(3), 81 never trained", "(26)", "no parameters"),
        f"Toy: {event['parameters']:,} parameters, all of them trained".replace(",", " ", 1),
    ):
        assert text in texts, text


def test_boxes_hold_their_text_and_do_not_overlap(event):
    figure = draw_architecture(event)
    found = patches_of(figure, event)
    assert len(found) == 11
    right, top = figure.bbox.extents[2:]
    for left, low, far, high in found.values():
        assert left > 0 and low > 0 and far < right and high < top
    for one, other in combinations(found.values(), 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    written = [text.get_window_extent() for text in figure.get_axes()[0].texts]
    centred = {(round((x0 + x1) / 2), x1 - x0) for x0, _, x1, _ in found.values()}
    held = [t for t in written if any(abs((t.x0 + t.x1) / 2 - middle) <= 1 for middle, _ in centred)]
    inside = [
        t
        for t in held
        if any(b[1] <= (t.y0 + t.y1) / 2 <= b[3] and b[0] <= t.x0 <= t.x1 <= b[2] for b in found.values())
    ]
    assert len(inside) == 2 * len(found)


def test_arrows_end_at_boxes(event):
    figure = draw_architecture(event)
    found = patches_of(figure, event)
    axes = figure.get_axes()[0]
    lines = [line for line in axes.lines if len(line.get_xdata()) > 1]
    assert len(lines) == len(boxes_of(event)[1])
    for line in lines:
        (x, y), *_, (last_x, last_y) = axes.transData.transform(line.get_xydata())
        assert any(b[0] < x < b[2] and abs(y - b[1]) < 2 for b in found.values())
        assert any(b[0] < last_x < b[2] and 0 <= last_y - b[3] < 8 for b in found.values())


def test_equal_networks_share_a_figure(event, tmp_path):
    other = described([source("encoder/x"), node("encoder/y", gives="z")], [("encoder/x", "encoder/y")])
    parts = {"jet": event, "met": other, "bjet": event}
    assert equal_networks(parts) == [["jet", "bjet"], ["met"]]
    files = {part: (tmp_path / f"{part}.pdf", tmp_path / f"{part}.png") for part in parts}
    save_architectures(parts, files, title="experiment")
    bytes_of = {path.name: path.read_bytes() for pair in files.values() for path in pair}
    assert len(bytes_of) == 6 and bytes_of["jet.png"] == bytes_of["bjet.png"] != bytes_of["met.png"]
    assert bytes_of["jet.pdf"] == bytes_of["bjet.pdf"] != bytes_of["met.pdf"]
