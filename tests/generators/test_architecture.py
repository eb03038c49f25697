"""Descriptions of networks: nodes, edges and parameters counted by hand, totals as Keras counts them."""

import json
from itertools import pairwise
from types import SimpleNamespace

import keras
import pytest

from deepcollider.generators.architecture import describe, text_of
from deepcollider.generators.registry import known_systems, system_class


class Chain(keras.Model):
    """Two inputs, one of them with a layer of its own, joined; an encoder and a decoder with nothing between them."""

    def __init__(self):
        super().__init__()
        left, right = keras.Input((3,), name="left"), keras.Input((2, 2), name="right")
        flat = keras.layers.Flatten(name="flat")(right)
        own = keras.layers.Dense(5, activation="relu", name="own")(left)
        joined = keras.layers.Concatenate(name="joined")([own, flat])
        normal = keras.layers.BatchNormalization(name="normal")(joined)
        code = keras.layers.Dense(2, name="head")(normal)
        unread = keras.layers.Dense(1, name="unread", trainable=False)(normal)
        encoder = keras.Model({"left": left, "right": right}, {"code": code, "unread": unread})
        codes, condition = keras.Input((2,), name="code"), keras.Input((1,), name="condition")
        both = keras.layers.Concatenate(name="both")([codes, condition])
        output = keras.layers.Dense(4, activation="sigmoid", name="out")(both)
        self.stages = {"encoder": encoder, "decoder": keras.Model([codes, condition], output)}
        self.built = True


@pytest.fixture(scope="module")
def described():
    return describe(Chain())


def test_nodes(described):
    found = [(n["id"], n["text"], n["gives"], n["shape"], n["parameters"], n["trainable"]) for n in described["nodes"]]
    expected = [
        ("encoder/left", "left", None, [3], 0, True),
        ("encoder/right", "right", None, [2, 2], 0, True),
        ("encoder/own", "Dense 5 + ReLU", None, [5], 3 * 5 + 5, True),
        ("encoder/flat", "Flatten", None, [4], 0, True),
        ("encoder/joined", "Concatenate", None, [9], 0, True),
        ("encoder/normal", "BatchNorm", None, [9], 4 * 9, True),
        ("encoder/head", "Dense 2", "code", [2], 9 * 2 + 2, True),
        ("encoder/unread", "Dense 1", "unread", [1], 9 * 1 + 1, False),
        ("decoder/code", "code", None, [2], 0, True),
        ("decoder/condition", "condition", None, [1], 0, True),
        ("decoder/both", "Concatenate", None, [3], 0, True),
        ("decoder/out", "Dense 4 + sigmoid", "out", [4], 3 * 4 + 4, True),
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)
    ids = [identity for identity, *_ in found]
    assert ids[:2] == ["encoder/left", "encoder/right"]  # inputs and outputs in the order of their declaration
    assert ids[6:8] == ["encoder/head", "encoder/unread"]


def test_edges(described):
    assert sorted(map(tuple, described["edges"])) == sorted(
        [
            ("encoder/left", "encoder/own"),
            ("encoder/right", "encoder/flat"),
            ("encoder/own", "encoder/joined"),
            ("encoder/flat", "encoder/joined"),
            ("encoder/joined", "encoder/normal"),
            ("encoder/normal", "encoder/head"),
            ("encoder/normal", "encoder/unread"),
            ("encoder/head", "decoder/code"),  # by its name; the condition comes from outside
            ("decoder/code", "decoder/both"),
            ("decoder/condition", "decoder/both"),
            ("decoder/both", "decoder/out"),
        ]
    )


def test_totals(described):
    assert described["stages"] == [
        {"name": "encoder", "parameters": 20 + 36 + 20 + 10, "trainable_parameters": 20 + 18 + 20},
        {"name": "decoder", "parameters": 16, "trainable_parameters": 16},
    ]
    assert (described["parameters"], described["trainable_parameters"]) == (86 + 16, 58 + 16)
    assert json.loads(json.dumps(described)) == described


def network(system: str, part: str) -> keras.Model:
    built = system_class(system)()
    columns = built.columns(part) or built.view.columns(part)
    n = len(columns)
    rows = SimpleNamespace(
        columns=columns, mean=[0.0] * n, std=[1.0] * n, limits=([-1.0] * n, [1.0] * n), batches=lambda: iter(())
    )
    return built.build(part, built.scaler(rows), seed=1)


def dense(*widths: int) -> int:
    """Parameters of Dense layers, one after the other."""
    return sum(into * out + out for into, out in pairwise(widths))


def test_met_network_of_experiment_ii():
    found = describe(network("beta-vae-per-particle", "met"))
    by_stage = {stage["name"]: stage["parameters"] for stage in found["stages"]}
    assert by_stage == {
        "encoder": dense(2, 128, 128, 64, 64, 32) + 2 * dense(32, 32),
        "variator": 0,
        "decoder": dense(32, 64, 64, 64, 2),
    }
    assert found["parameters"] == found["trainable_parameters"] == 44066
    assert {"encoder/mean", "encoder/log_variance"} == {a for a, b in found["edges"] if b == "variator"}
    assert [b for a, b in found["edges"] if a == "variator"] == ["decoder/code"]
    (variator,) = (node for node in found["nodes"] if node["id"] == "variator")
    assert (variator["text"], variator["shape"]) == ("N(mean, exp(log_variance))", [32])


def test_event_network_of_experiment_0():
    found = describe(network("alpha-vae", "event"))
    heads = dense(320, 160)
    encoder = sum(dense(n, 512, 512) for n in (2, 160, 80)) + dense(3 * 512, 512, 512, 320) + 4 * 320 + 2 * heads
    decoder = dense(160, 512, 512) + sum(dense(512, 512, n) for n in (2, 160, 80))
    assert found["parameters"] == encoder + decoder
    assert found["trainable_parameters"] == encoder + decoder - 2 * 320 - heads  # moving moments; the unread head
    assert [a for a, b in found["edges"] if b == "variator"] == ["encoder/code"]
    assert not [a for a, _ in found["edges"] if a == "encoder/log_variance"]
    assert [node["text"] for node in found["nodes"] if node["id"] == "variator"] == ["code + 0.2 · N(0, 1)"]
    assert len([1 for _, b in found["edges"] if b == "encoder/joined"]) == 3


@pytest.mark.parametrize("system", known_systems())
def test_sums_are_those_of_keras_for_every_system(system):
    for part in system_class(system).parts()[:2]:
        built = network(system, part)
        found = describe(built)
        assert sum(node["parameters"] for node in found["nodes"]) == built.count_params() == found["parameters"]
        trained = sum(node["trainable_parameters"] for node in found["nodes"])
        assert trained == sum(keras.ops.size(w) for w in built.trainable_weights) == found["trainable_parameters"]
        ids = {node["id"] for node in found["nodes"]}
        assert len(ids) == len(found["nodes"]) and {end for edge in found["edges"] for end in edge} <= ids


def test_the_same_network_has_the_same_description():
    """Keras numbers the layers that have no name of their own through all networks of a process."""
    assert describe(network("beta-vae-per-particle", "jet")) == describe(network("beta-vae-per-particle", "bjet"))


def test_layer_without_words_has_the_name_of_its_class():
    assert text_of(keras.layers.GaussianDropout(0.1)) == "GaussianDropout"
    assert text_of(keras.layers.Dense(3, activation=keras.layers.LeakyReLU(0.2))) == "Dense 3 + LeakyReLU"
