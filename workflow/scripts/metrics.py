"""Metrics of one generated sample against the test split, with floor, errors, cost (metrics.evaluate, metrics.cost)."""

from deepcollider.jobs import begin

begin(snakemake)

import json
from pathlib import Path

import pandas as pd

from deepcollider.features.masks import MaskGenerator
from deepcollider.files import written_whole
from deepcollider.metrics.cost import cost_rows
from deepcollider.metrics.evaluate import evaluate
from deepcollider.metrics.table import COLUMNS
from deepcollider.store.event_files import read_events


def read_json(path):
    return json.loads(Path(path).read_text(encoding="utf-8"))


files = snakemake.input
limits = dict(snakemake.params.limits)
most = limits.pop("max_events")
generated, truth, floor, validation = (
    read_events(path, most) for path in (files.generated, files.truth, files.floor, files.validation)
)
if len(floor) < len(generated):
    print(f"only {len(floor)} truth events for the floor: of {len(generated)} generated events as many are compared")
    generated = generated.take(slice(len(floor)))
floor = floor.take(slice(len(generated)))

masks = MaskGenerator.from_config(read_json(files.masks)) if files.masks else None
evaluation = evaluate(
    generated,
    truth,
    floor,
    validation,
    mask_probabilities=masks.probabilities() if masks else None,
    masks_drawn_from=masks.n_events if masks else None,
    n_bootstrap=snakemake.params.n_bootstrap,
    **limits,
    seed=snakemake.params.seed,
    show_progress=True,
)
costs = cost_rows(
    read_json(files.timing),
    [read_json(path) for path in files.training],
    read_json(files.mc_statistics) if files.get("mc_statistics") else None,
)
table = pd.concat(
    [evaluation.table, pd.DataFrame(costs, columns=COLUMNS).astype(evaluation.table.dtypes)], ignore_index=True
)
for position, (column, value) in enumerate(snakemake.params.identity.items()):
    table.insert(position, column, value)

with written_whole(snakemake.output.metrics) as path:
    table.to_csv(path, index=False, float_format="%.8g")
with written_whole(snakemake.output.correlations) as path:
    evaluation.correlations.to_csv(path, float_format="%.6f")
with written_whole(snakemake.output.curves) as path:
    evaluation.curves.to_csv(path, index=False, float_format="%.6g")
print(f"{len(table)} rows for {len(generated)} generated and {len(truth)} truth events")
