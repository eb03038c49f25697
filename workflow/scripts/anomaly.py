"""How well each detector finds each signal in the background, and the ROC curves."""

from deepcollider.jobs import begin

begin(snakemake)

import numpy as np

from deepcollider.anomaly.detectors import isolation_forest, of_likelihood, quantities
from deepcollider.files import written_whole
from deepcollider.metrics.efficiency import compare_detectors
from deepcollider.metrics.event_features import filled_and_scaled, summary_features
from deepcollider.store.event_files import read_events

files, names = snakemake.input, snakemake.params.samples
likelihood = np.load(files.scores)
samples = {name: read_events(path, snakemake.params.max_events) for name, path in zip(names, files.events, strict=True)}
scores = {
    name: {**of_likelihood(snakemake.params.detector, likelihood[name], events), **quantities(events)}
    for name, events in samples.items()
}
train = read_events(files.train, snakemake.params.max_events)
reference = summary_features(train)
learnt, *looked_at = filled_and_scaled(reference, reference, *(summary_features(each) for each in samples.values()))
forest = isolation_forest(learnt, looked_at, snakemake.params.seed)
for name, found in zip(names, forest, strict=True):
    scores[name]["isolation forest"] = found

table, curves = compare_detectors(scores, ["test", "floor"], "validation", snakemake.params.signals)
for output, content in ((snakemake.output.table, table), (snakemake.output.curves, curves)):
    with written_whole(output) as path:
        content.to_csv(path, index=False, float_format="%.6g")
print(table.to_string(index=False))
