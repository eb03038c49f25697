"""How small a shift the classifiers would find, of so many events a side."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.files import written_whole
from deepcollider.metrics.power import power_table, smallest_shifts
from deepcollider.store.event_files import read_events

files, params = snakemake.input, snakemake.params
truth, stand_in = read_events(files.truth, params.max_events), read_events(files.floor, params.n_generated)
n = min(len(truth), len(stand_in), params.classifier_events)
table = power_table(stand_in, truth, max_events=n, seed=params.seed)
for position, (column, value) in enumerate({**params.identity, "events": n}.items()):
    table.insert(position, column, value)
with written_whole(snakemake.output.table) as path:
    table.to_csv(path, index=False, float_format="%.6g")
print(f"{n} events a side: {smallest_shifts(table)}")
