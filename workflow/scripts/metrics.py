"""Metrics of one generated sample against the test split, with floor, errors, timing (metrics.evaluate)."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import json
from pathlib import Path

import pandas as pd

from deepcollider.features.masks import MaskGenerator
from deepcollider.files import written_whole
from deepcollider.metrics.correlation import correlation_matrices
from deepcollider.metrics.evaluate import COLUMNS, OVERALL, evaluate
from deepcollider.store.event_files import read_events, read_many


def timing_row(metric, path, key):
    """A time that another job measured, as a row of the table."""
    with open(path) as file:
        timing = json.load(file)
    row = {"part_or_feature": OVERALL, "metric": metric, "value": timing[key]}
    return row | {"error": timing.get(f"{key}_error"), "n_generated": timing.get("events", 0), "n_truth": 0}


files = snakemake.input
generated = read_events(files.generated)
truth = read_events(files.truth)
floor = read_many([files.train, files.validation], len(generated))
if len(floor) < len(generated):
    print(f"only {len(floor)} truth events for the floor: generated events cut to as many")
    generated = generated.take(slice(len(floor)))

masks = MaskGenerator.from_config(json.loads(Path(files.masks).read_text()))
table = evaluate(
    generated,
    truth,
    floor,
    mask_probabilities=masks.probabilities(),
    masks_drawn_from=masks.n_events,
    n_bootstrap=snakemake.params.n_bootstrap,
    seed=snakemake.params.seed,
)
times = [timing_row("generation_ms_per_event", files.timing, "ms_per_event")]
if files.get("mc_statistics"):
    times.append(timing_row("mc_ms_per_event", files.mc_statistics, "ms_per_accepted_event"))
table = pd.concat([table, pd.DataFrame(times, columns=COLUMNS).astype(table.dtypes)], ignore_index=True)
for position, column in enumerate(("experiment", "system", "process", "setting")):
    table.insert(position, column, snakemake.params.identity[column])

with written_whole(snakemake.output.metrics) as path:
    table.to_csv(path, index=False, float_format="%.8g")
with written_whole(snakemake.output.correlations) as path:
    correlation_matrices(generated, truth).to_csv(path, float_format="%.6f")
print(f"{len(table)} rows for {len(generated)} generated and {len(truth)} truth events")
