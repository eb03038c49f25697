"""Generation of a sample from trained parts: timed, batched, written to the event store."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from deepcollider.features.masks import MaskGenerator
from deepcollider.generators.backend_tensorflow import describe_backend
from deepcollider.generators.mixture import CodeMixture
from deepcollider.generators.protocol import GenerativeSystem, Trained
from deepcollider.generators.refinement import Refinement
from deepcollider.machine import describe_machine, peak_memory_mb
from deepcollider.physics.digits import Writing, as_written, writing_of
from deepcollider.physics.events import Events
from deepcollider.store.event_files import EventReader, EventWriter, read_events

MOST_REPETITIONS = 50
TIMING_SECONDS = 2.0
"""At every batch size, no repetition of a timing but the first begins later than this after its warm-up began."""

LONGEST_WARM_UP = 60.0
"""Seconds. One that takes longer counts itself: what it pays in advance is small against it."""

DIGIT_EVENTS = 10_000
"""Events of truth that are looked at for how its numbers are written."""


def load_networks(system: GenerativeSystem, paths: dict[str, str | Path]) -> dict[str, keras.Model]:
    """Part name -> network of its ``.keras`` file."""
    import_module(system.network_module)  # registers the classes that the files name
    return {part: keras.saving.load_model(path) for part, path in paths.items()}


def seed_events_of(path: str | Path) -> Callable[[int], Iterator[Events]]:
    """The events of a file as seeds: batches that go round the file for ever, from its first event on."""

    def batches(size: int) -> Iterator[Events]:
        with EventReader(path) as reader:
            for rows in reader.circular(size):
                yield Events(**rows)

    return batches


def load_trained(
    system: GenerativeSystem,
    networks: Sequence[str | Path],
    masks: str | Path | None,
    mixture: str | Path | None = None,
    refinement: str | Path | None = None,
    seeds: str | Path | None = None,
    conditions: Sequence[float] = (),
    untrained: bool = False,
    truth: str | Path | None = None,
) -> Trained:
    """All that events are made of, from the files of a setting; networks in the order of the system's parts.

    What a system does not have is None or empty. With ``untrained`` the networks have their first weights. Events are
    written with the digits of the event file ``truth``, without it with those of our simulation.
    """
    found = load_networks(system, dict(zip(system.parts(), networks, strict=True)))
    return Trained(
        {part: untrained_copy(network) for part, network in found.items()} if untrained else found,
        masks=MaskGenerator.from_config(json.loads(Path(masks).read_text(encoding="utf-8"))) if masks else None,
        mixture=CodeMixture.load(mixture) if mixture else None,
        refinement=Refinement.load(refinement) if refinement else None,
        seed_events=seed_events_of(seeds) if seeds else None,
        conditions=np.array(conditions, np.float32),
        writing=writing_of(read_events(truth, DIGIT_EVENTS)) if truth else Writing(),
    )


def untrained_copy(network: keras.Model) -> keras.Model:
    """The same network with freshly drawn weights, seeded as its training was: what training started from."""
    keras.utils.set_random_seed(network.settings["seed"])
    return network.__class__.from_config(network.get_config())


def generate_as_written(system: GenerativeSystem, trained: Trained, n: int, seed: int, batch: int) -> Iterator[Events]:
    """Generate events with the digits of truth, in batches: what is written to a file or compared with truth."""
    return (as_written(events, trained.writing) for events in system.generate(trained, n, seed, batch))


def generate_to_file(
    system: GenerativeSystem,
    trained: Trained,
    n: int,
    seed: int,
    batch: int,
    threads: int,
    path: str | Path,
    attributes: dict,
    timing_batches: Sequence[int] = (),
    show_progress: bool = True,
) -> dict:
    """Generate ``n`` events into an event file; returns the timing record.

    Their numbers have the digits of truth (``physics.digits``). Timed is what makes events, from the first random
    number to the batch in memory; writing the file is not.
    ``peak_memory_mb`` is of the process, up to the last event of the sample. When the sample is written, further
    events are generated and thrown away to time each size of ``timing_batches`` (:func:`time_batch`).
    """
    warm_up(system, trained, min(n, batch), seed + 1)
    seconds, done = 0.0, 0
    bar = tqdm(total=n, unit="event", mininterval=2.0, disable=not show_progress)
    with bar, EventWriter(path, {**attributes, **trained.writing.describe(), "seed": seed}) as writer:
        batches = generate_as_written(system, trained, n, seed, batch)
        while done < n:
            start = time.perf_counter()
            events = next(batches)
            seconds += time.perf_counter() - start
            check_numbers(events)
            events.events["process"] = attributes["process"].encode()
            writer.append_events(events)
            done += len(events)
            bar.update(len(events))
    record = {
        "ms_per_event": 1000 * seconds / n,
        "events": n,
        "batch": batch,
        "peak_memory_mb": peak_memory_mb(),
        "threads": threads,
        "machine": describe_machine(),
        "backend": describe_backend(),
    }
    sizes = tqdm(timing_batches, desc="timing", unit="batch size", disable=not show_progress)
    return record | {"by_batch": [time_batch(system, trained, size, seed) for size in sizes]}


class NotANumberError(ValueError):
    """Generated events have values that are no numbers; the message says which, and what to do."""


def check_numbers(events: Events) -> None:
    """Raise NotANumberError if a value of generated events is NaN.

    Infinite ones pass: they are what absurd values of a network become, and count as invalid in the metrics.
    """
    columns = {name: events.events[name] for name in ("met", "met_phi")}
    columns |= {f"objects' {name}": events.objects[name] for name in ("energy", "pt", "eta", "phi")}
    wrong = {name: int(np.isnan(values).sum()) for name, values in columns.items() if np.isnan(values).any()}
    if wrong:
        told = ", ".join(f"{name} of {n}" for name, n in wrong.items())
        raise NotANumberError(
            f"generated values are NaN in {len(events)} events: {told}. The network has gone astray: look at the "
            "losses of its parts beside its file, lower learning_rate in the hyperparameters of the experiment, and "
            "train anew"
        )


def warm_up(system: GenerativeSystem, trained: Trained, batch: int, seed: int) -> None:
    """Generate events and throw them away, so that no graph is compiled when time counts.

    TensorFlow compiles for the first shape that it meets, and for any shape at the second: hence two sizes.
    """
    for size in (-(-batch // 2), batch):
        time_call(system, trained, size, seed)


def time_call(system: GenerativeSystem, trained: Trained, n: int, seed: int) -> tuple[float, float]:
    """Seconds for ``n`` events in one batch, that are thrown away: wall time, and CPU time of all threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in generate_as_written(system, trained, n, seed, n):
        pass
    return time.perf_counter() - wall, time.process_time() - cpu


def time_batch(
    system: GenerativeSystem,
    trained: Trained,
    batch: int,
    seed: int,
    budget: float = TIMING_SECONDS,
) -> dict:
    """Time per event when ``batch`` events are asked for at a time, after one such call as warm-up.

    The call is repeated MOST_REPETITIONS times, or until ``budget`` seconds are used up, warm-up included; it is timed
    at least once, be it only the warm-up if that takes longer than LONGEST_WARM_UP. ``ms_per_event`` is the median of
    the repetitions in wall time, ``error`` half of the range of the central 68 % of them (None for one),
    ``cpu_ms_per_event`` the median in CPU time of all threads, ``events`` the number of events that were timed.
    """
    begun = time.perf_counter()
    first = time_call(system, trained, batch, seed)
    calls = [first if first[0] > LONGEST_WARM_UP else time_call(system, trained, batch, seed + 1)]
    while len(calls) < MOST_REPETITIONS and time.perf_counter() - begun < budget:
        calls.append(time_call(system, trained, batch, seed + 1 + len(calls)))
    wall, cpu = (1000 / batch * np.array(seconds) for seconds in zip(*calls, strict=True))
    low, high = np.quantile(wall, [0.16, 0.84], method="weibull")  # of two: from one to the other
    return {
        "batch": batch,
        "ms_per_event": float(np.median(wall)),
        "error": float(high - low) / 2 if len(calls) > 1 else None,
        "cpu_ms_per_event": float(np.median(cpu)),
        "events": batch * len(calls),
    }
