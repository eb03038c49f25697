"""Are training events given back? Generated events, and truth in their place, against train and test split."""

from deepcollider.jobs import begin

begin(snakemake)

import pandas as pd

from deepcollider.files import written_whole
from deepcollider.metrics.event_features import filled_and_scaled, summary_features
from deepcollider.metrics.memorisation import REFERENCE_FACTOR, distance_table, memorisation
from deepcollider.metrics.table import COLUMNS, OVERALL, row
from deepcollider.store.event_files import read_events

most = snakemake.params.max_events
n_train = min(REFERENCE_FACTOR * most, snakemake.params.max_train or REFERENCE_FACTOR * most)
limits = {"generated": most, "train": n_train, "test": most, "held_out": most}
# the splits are shuffled: their first events are a random sample
tables = {name: summary_features(read_events(snakemake.input[name], limit)) for name, limit in limits.items()}
samples = dict(zip(tables, filled_and_scaled(tables["test"], *tables.values()), strict=True))

found, floor = (memorisation(samples[name], samples["train"], samples["test"]) for name in ("generated", "held_out"))
sizes = len(samples["generated"]), len(samples["test"])
rows = [row(OVERALL, metric, *found.metrics[metric], floor.metrics[metric][0], *sizes) for metric in found.metrics]
table = pd.DataFrame(rows, columns=COLUMNS)
for position, (column, value) in enumerate(snakemake.params.identity.items()):
    table.insert(position, column, value)

with written_whole(snakemake.output.metrics) as path:
    table.to_csv(path, index=False, float_format="%.8g")
with written_whole(snakemake.output.distances) as path:
    distance_table(found.generated, found.test).to_csv(path, index=False, float_format="%.6g")
print(f"{sizes[0]} generated events, {len(samples['train'])} training events, {sizes[1]} test events")
