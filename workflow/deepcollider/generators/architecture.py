"""What a network is made of, as JSON: its layers, how they are connected, and how many parameters they have.

Read from the configuration that Keras itself saves and loads functional models by, so that what is described is the
network that was trained. Any network will do that says its ``stages``: name -> functional model or single layer, in
the order in which data flow through them.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

Origin = tuple[str, int, int]
"""Where a tensor of a functional model comes from: layer, which call of it, which of its outputs."""


def _size(shape) -> str:
    return " × ".join(str(length) for length in shape)


def text_of(layer: keras.layers.Layer) -> str:
    """What a layer does, in a few words; a layer that has no words here has the name of its class."""
    match layer:
        case keras.layers.InputLayer():
            text = layer.name
        case keras.layers.Dense():
            text = f"Dense {layer.units}"
        case keras.layers.BatchNormalization():
            text = "BatchNorm"
        case keras.layers.Reshape():
            text = f"Reshape {_size(layer.target_shape)}"
        case _:
            text = getattr(layer, "text", type(layer).__name__)
    activation = layer.get_config().get("activation", "linear")
    name = activation if isinstance(activation, str) else activation["class_name"]
    return text if name == "linear" else f"{text} + {'ReLU' if name == 'relu' else name}"


def _origins(saved: Any) -> Iterator[Origin]:
    """The tensors in the saved arguments of a call, however they are nested."""
    if isinstance(saved, dict) and saved.get("class_name") == "__keras_tensor__":
        yield tuple(saved["config"]["keras_history"])
    elif isinstance(saved, dict | list | tuple):
        for each in saved.values() if isinstance(saved, dict) else saved:
            yield from _origins(each)


def _named(ends: dict | list) -> dict[str, str]:
    """Inputs or outputs of a functional model as it saves them: name -> layer; without a name, by the layer's."""
    if isinstance(ends, dict):
        return {name: layer for name, (layer, *_) in ends.items()}
    ends = [ends] if isinstance(ends[0], str) else ends
    return {layer: layer for layer, *_ in ends}


def count(weights) -> int:
    """Numbers in a list of weights."""
    return sum(int(np.prod(weight.shape)) for weight in weights)


def _node(identity: str, stage: str, layer: keras.layers.Layer, shape) -> dict[str, Any]:
    return {
        "id": identity,
        "stage": stage,
        "layer": type(layer).__name__,
        "text": text_of(layer),
        "gives": None,
        "shape": list(shape),
        "parameters": count(layer.weights),
        "trainable_parameters": count(layer.trainable_weights),
        "trainable": layer.trainable,
    }


def _functional(stage: str, model: keras.Model) -> tuple[list[dict], list[list[str]], dict[str, str], dict[str, str]]:
    """Nodes, edges, inputs and outputs (name -> node) of a functional model."""
    config = model.get_config()
    edges = [
        [f"{stage}/{source}", f"{stage}/{saved['name']}"]
        for saved in config["layers"]
        for source in dict.fromkeys(source for source, *_ in _origins(saved["inbound_nodes"]))
    ]
    inputs, outputs = (_named(config[ends]) for ends in ("input_layers", "output_layers"))
    inner = [saved["name"] for saved in config["layers"] if saved["name"] not in {*inputs.values(), *outputs.values()}]
    nodes = []
    for name in dict.fromkeys([*inputs.values(), *inner, *outputs.values()]):  # ends in the order of their declaration
        layer = model.get_layer(name)
        nodes.append(_node(f"{stage}/{name}", stage, layer, layer.output.shape[1:]))
    inputs, outputs = ({name: f"{stage}/{layer}" for name, layer in ends.items()} for ends in (inputs, outputs))
    for name, identity in outputs.items():
        next(node for node in nodes if node["id"] == identity)["gives"] = name
    return nodes, edges, inputs, outputs


def _single(stage: str, layer: keras.layers.Layer, given: dict[str, dict]) -> tuple[list, list, dict, dict]:
    """The same of a layer on its own; its inputs are the arguments of its ``call``. ``given``: what it can take."""
    arguments = [name for name in inspect.signature(layer.call).parameters if name in given]
    shapes = [keras.KerasTensor((None, *given[name]["shape"])) for name in arguments]
    node = _node(stage, stage, layer, layer.compute_output_spec(*shapes).shape[1:])
    return [node], [], dict.fromkeys(arguments, stage), {stage: stage}


def describe(network: keras.Model) -> dict[str, Any]:
    """JSON content: ``nodes`` (layers), ``edges`` (from, to), ``stages``, and numbers of parameters of each and of all.

    A node has ``id``, ``stage``, ``layer`` (class), ``text``, ``gives`` (under which name its stage gives it away,
    or null), ``shape`` without the axis of the events, ``parameters``, ``trainable_parameters`` and ``trainable``.
    An input of a stage is fed with what the stage before gives under its name, or else an earlier one, or with all that
    the stage before gives if it is one thing; an input that none of these is comes from outside.
    """
    nodes, edges, stages, given, ever = [], [], [], {}, {}
    for stage, model in network.stages.items():
        if isinstance(model, keras.Model):
            found, inner, inputs, outputs = _functional(stage, model)
        else:
            found, inner, inputs, outputs = _single(stage, model, given)
        only = next(iter(given.values())) if len(given) == 1 else None
        feeds = {name: (ever | given).get(name, only if len(inputs) == 1 else None) for name in inputs}
        edges += [[feeds[name]["id"], identity] for name, identity in inputs.items() if feeds[name]]
        nodes, edges = nodes + found, edges + inner
        given = {name: next(node for node in found if node["id"] == identity) for name, identity in outputs.items()}
        ever |= given
        parameters = {"parameters": count(model.weights), "trainable_parameters": count(model.trainable_weights)}
        stages.append({"name": stage, **parameters})
    return {
        "network": type(network).__name__,
        "stages": stages,
        "nodes": nodes,
        "edges": edges,
        "parameters": network.count_params(),
        "trainable_parameters": count(network.trainable_weights),
    }
