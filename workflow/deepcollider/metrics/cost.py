"""What a model costs beside what Monte Carlo costs, as rows of the table of metrics.

- ``generation_ms_per_event`` is wall time while the sample was generated; ``generation_ms_per_event_batch_<size>`` the
  same where so many events were asked for at a time, after warm-up, with the spread of the repetitions as error. Both
  are of as many threads as the timing record says.
- ``generation_peak_memory_mb`` and ``training_peak_memory_mb`` (the largest of the parts) are resident memory of the
  whole process, of which TensorFlow takes 0.6 GB before it has done anything.
- ``parameters`` are the trainable ones; ``training_seconds`` is wall time of all parts one after the other. Both also
  by part. ``training_rows`` are the rows of the part that had most.
- ``validation_loss``, of a network with a likelihood: minus the mean log p of the validation events, in the scaled
  coordinates of their training. It compares settings of one experiment and process.
- ``mc_ms_per_event`` is CPU time of one core per event that passes the selection: Pythia and the detector, without
  Pythia's start.
- ``mc_over_generation`` divides it by the wall time per event at the largest batch: how much faster a user gets events
  from this machine, where Monte Carlo has one core and generation all its threads. ``mc_over_generation_core_time``
  divides it by the CPU time of all threads instead: what is saved in core hours, and less sensitive to other load.
  Neither counts training, nor the Monte Carlo that was trained on; both mean something only if one kind of machine did
  both, which the records tell.
"""

from collections.abc import Sequence

import numpy as np

from deepcollider.metrics.table import OVERALL, row


def cost_rows(timing: dict, training: Sequence[dict], mc_statistics: dict | None) -> list[dict]:
    """Rows of one setting from the records of its generation, of its trainings (one a part), and of the simulation.

    ``training`` belongs to the networks that generated; if ``timing`` calls them ``untrained``, only their parameters
    count. Without ``mc_statistics`` (the truth is no simulation of ours) there are no ``mc_`` rows.
    """
    return [
        *_generation_rows(timing),
        *_training_rows(training, trained=not timing["untrained"]),
        *(_monte_carlo_rows(timing, mc_statistics) if mc_statistics else []),
    ]


def _row(metric, value, error=None, part=OVERALL, n_generated=0, n_truth=0) -> dict:
    error = np.nan if error is None else error
    return row(part, metric, value, error, n_generated=n_generated, n_truth=n_truth)


def _generation_rows(timing: dict) -> list[dict]:
    name, events = "generation_ms_per_event", timing["events"]
    return [
        _row(name, timing["ms_per_event"], n_generated=events),
        *(
            _row(f"{name}_batch_{each['batch']}", each["ms_per_event"], each["error"], n_generated=each["events"])
            for each in timing["by_batch"]
        ),
        _row("generation_peak_memory_mb", timing["peak_memory_mb"], n_generated=events),
    ]


def _training_rows(training: Sequence[dict], trained: bool) -> list[dict]:
    parameters = {record["part"]: record["trainable_parameters"] for record in training}
    seconds = {record["part"]: record["seconds"] if trained else 0.0 for record in training}
    rows = []
    for metric, by_part in (("parameters", parameters), ("training_seconds", seconds)):
        rows.append(_row(metric, sum(by_part.values())))
        rows += [_row(metric, value, part=part) for part, value in by_part.items()]
    if trained:
        if seen := [record["rows"] for record in training if "rows" in record]:  # the fit of a mixture has none
            rows.append(_row("training_rows", max(seen)))
        rows += [_row("validation_loss", record["val_loss"]) for record in training if "val_loss" in record]
        rows.append(_row("training_peak_memory_mb", max(record["peak_memory_mb"] for record in training)))
    return rows


def _monte_carlo_rows(timing: dict, statistics: dict) -> list[dict]:
    mc, n_truth = statistics["ms_per_accepted_event"], statistics["n_passed"]
    if not timing["by_batch"]:  # untrained networks are not timed
        return [_row("mc_ms_per_event", mc, n_truth=n_truth)]
    largest = max(timing["by_batch"], key=lambda each: each["batch"])
    ratio, sizes = mc / largest["ms_per_event"], {"n_generated": largest["events"], "n_truth": n_truth}
    error = None if largest["error"] is None else ratio * largest["error"] / largest["ms_per_event"]
    return [
        _row("mc_ms_per_event", mc, n_truth=n_truth),
        _row("mc_over_generation", ratio, error, **sizes),
        _row("mc_over_generation_core_time", mc / largest["cpu_ms_per_event"], **sizes),
    ]
