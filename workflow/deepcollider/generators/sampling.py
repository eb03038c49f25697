"""Generation of a sample from trained parts: timed, batched, written to the event store."""

import time
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import keras

from deepcollider.features.masks import MaskGenerator
from deepcollider.generators.protocol import GenerativeSystem
from deepcollider.machine import describe_machine
from deepcollider.store.event_files import EventWriter


def load_networks(system: GenerativeSystem, paths: dict[str, str | Path]) -> dict[str, keras.Model]:
    """Part name -> network of its ``.keras`` file."""
    import_module(system.network_module)  # registers the classes that the files name
    return {part: keras.saving.load_model(path) for part, path in paths.items()}


def untrained_copy(network: keras.Model) -> keras.Model:
    """The same network with freshly drawn weights, seeded as its training was: what training started from."""
    keras.utils.set_random_seed(network.settings["seed"])
    return network.__class__.from_config(network.get_config())


def generate_to_file(
    system: GenerativeSystem,
    networks: dict[str, keras.Model],
    masks: MaskGenerator,
    n: int,
    seed: int,
    batch: int,
    threads: int,
    path: str | Path,
    attributes: dict,
) -> dict:
    """Generate ``n`` events into an event file; returns the timing record.

    Timed is what makes events, from the first random number to the batch in memory, after one batch of warm-up (graph
    compilation) that is thrown away; writing the file is not.
    """
    for _ in system.generate(networks, masks, min(n, batch), seed + 1, batch):
        pass
    seconds, done = 0.0, 0
    with EventWriter(path, {**attributes, "seed": seed}) as writer:
        batches = system.generate(networks, masks, n, seed, batch)
        while done < n:
            start = time.perf_counter()
            events = next(batches)
            seconds += time.perf_counter() - start
            events.events["process"] = attributes["process"].encode()
            writer.append_events(events)
            done += len(events)
            print(f"{done} of {n} events", flush=True)
    return {
        "ms_per_event": 1000 * seconds / n,
        "events": n,
        "batch": batch,
        "threads": threads,
        "machine": describe_machine(),
        "backend": f"{keras.backend.backend()}, keras {version('keras')}",
    }
