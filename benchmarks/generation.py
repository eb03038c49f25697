"""Time per event of the autoregressive mixture, where it goes, what the machine could do, and Monte Carlo beside it.

    PYTHONPATH=workflow python benchmarks/generation.py [EVENTS]

In one process with two threads: top pairs from Pythia and the fast detector (1000, CPU time), then as many events as
wanted (100 000 unless told otherwise) in one batch from a network of the default size, with the masks and scales of the
Pythia events. It is trained on these for a moment, or too many of its events would have to be drawn again. Timed after
a warm-up of the same size, the median of five rounds. The floor is the time of the multiply-adds of all networks, for
the events that are kept, at the rate that products of matrices of the same shape reach in the same process. Exits with
1 if an event takes longer than wanted.
"""

import os
import sys
import time

WANTED_MS = 0.05
THREADS = 2
MC_EVENTS = 1000
ROUNDS = 5
EPOCHS = 20


def simulated():
    """Events of top pairs, and the CPU ms of one."""
    from deepcollider.physics.events import concatenate
    from deepcollider.samples import read_processes
    from deepcollider.sources.pythia import simulate_events

    settings = read_processes("config/processes.tsv")["ttbar"].settings
    batches = list(simulate_events("ttbar", settings, MC_EVENTS, seed=1, batch_size=250))
    statistics = batches[-1][1].as_dict()
    return concatenate([events for events, _ in batches]), statistics["ms_per_accepted_event"]


def multiply_adds(network, before) -> dict[str, float]:
    """Of an object, by stage, averaged over objects that have so many before them in the event (M,).

    A weight is used once for an object, but those of partners once for each that it may have.
    """
    from deepcollider.generators.networks.partners import HISTORY, PAIRED

    found = {name: stage.count_params() for name, stage in network.stages.items() if name != "met"}
    n, paired = before.clip(max=HISTORY), before.clip(max=PAIRED)
    anchors = (n + paired * (paired - 1) // 2).mean()
    for name in ("rapidities", "angles"):
        once = network.partners.stages[name].get_layer(f"{name}_context").count_params()
        found[name] = once + (found[name] - once) * anchors
    return found


def matrix_rate(width: int, rows: int) -> float:
    """Multiply-adds a second of (rows, width) times (width, width), float32, as the networks do them."""
    import numpy as np
    import tensorflow as tf

    left, right = (
        tf.constant(np.random.default_rng(1).normal(size=s), tf.float32) for s in ((rows, width), (width,) * 2)
    )
    product = tf.function(lambda x, w: tf.matmul(x, w))
    best = float("inf")
    for _ in range(200):
        start = time.perf_counter()
        product(left, right).numpy()
        best = min(best, time.perf_counter() - start)
    return rows * width**2 / best


def main(n_events: int) -> int:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    events, mc_ms = simulated()

    import keras
    import numpy as np

    from deepcollider.features.masks import MaskGenerator, count_masks
    from deepcollider.features.views.sequences import VIEW, SequenceScaler
    from deepcollider.generators.backend_tensorflow import reuse_freed_memory, use_threads
    from deepcollider.generators.networks.drawing import CHUNK, LOOKED_AT
    from deepcollider.generators.protocol import Trained
    from deepcollider.generators.systems.autoregressive_mixture import SYSTEM
    from deepcollider.physics.events import counts_per_kind

    keras.utils.set_random_seed(1)
    use_threads(THREADS)
    reuse_freed_memory()
    system = SYSTEM()
    rows = VIEW.rows(events, "event")
    scaler = SequenceScaler.fit([rows])
    network = system.build("event", scaler, seed=1)
    network.fit(scaler.transform(rows), batch_size=50, epochs=EPOCHS, verbose=0)
    trained = Trained({"event": network}, masks=MaskGenerator.fit(count_masks([counts_per_kind(events.objects)])))
    in_graph = []

    def timed(graph):
        def timed_graph(*arguments):
            start = time.perf_counter()
            found = graph(*arguments)
            found[-1].numpy()
            in_graph.append(time.perf_counter() - start)
            return found

        return timed_graph

    for n in LOOKED_AT:
        network.drawing.graphs[CHUNK, n] = timed(network.drawing.graph(CHUNK, n))
    rounds = []
    for seed in range(ROUNDS + 1):
        in_graph.clear()
        start = time.perf_counter()
        made = next(system.generate(trained, n_events, seed, n_events))
        rounds.append((time.perf_counter() - start, sum(in_graph)))
    seconds, of_graph = np.median(rounds[1:], axis=0)
    ms = 1000 * seconds / n_events
    n_objects = made.events["n_objects"]
    objects = n_objects.sum()
    work = multiply_adds(network, np.concatenate([np.arange(n) for n in n_objects]))
    rate = matrix_rate(system.hyperparameters["width"], CHUNK)
    floor_ms = 1000 * objects * sum(work.values()) / rate / n_events
    print(f"{n_events} events with {objects / n_events:.1f} objects each in one batch, {THREADS} threads")
    print(f"autoregressive mixture: {ms:.4f} ms/event, at most {WANTED_MS} wanted")
    share = 100 * of_graph / seconds / THREADS
    print(f"  in the networks: {share:.0f} % of the threads' time (masks, noise, coordinates and sorting: the rest)")
    print(
        f"  multiply-adds an object: {sum(work.values()):.0f}, of it "
        + ", ".join(f"{k} {v:.0f}" for k, v in work.items())
    )
    print(f"  floor by these at {rate / 1e9:.0f} G/s: {floor_ms:.4f} ms/event, {ms / floor_ms:.1f} times less")
    print(f"Monte Carlo: {mc_ms:.2f} CPU ms/event, {mc_ms / ms:.0f} times as much")
    return 0 if ms <= WANTED_MS else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
