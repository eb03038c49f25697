"""How many generated events are worth how many true ones: events are generated, counted in bins and thrown away."""

from deepcollider.jobs import begin

begin(snakemake)

import csv
from itertools import chain

from deepcollider.files import written_whole
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import load_trained
from deepcollider.metrics.amplification import COLUMNS, amplification_rows, counts_of_first, reference_spectra
from deepcollider.store.event_files import EventReader

use_threads(snakemake.threads)
files, params = snakemake.input, snakemake.params
with EventReader(files.test) as test, EventReader(files.floor) as floor, EventReader(files.train) as train:
    bins, reference = reference_spectra(chain(test.event_batches(), floor.event_batches()), params.bins)
    n_training = min(params.max_rows or len(train), len(train))
    training = counts_of_first(train.event_batches(), [n_training], bins)
    print(f"reference: {len(test) + len(floor)} events; training: the first {n_training} of {len(train)} events")

system = system_class(params.system)(**params.hyperparameters)
trained = load_trained(
    system, files.networks, files.masks, files.mixture, files.refinement, conditions=params.conditions
)
batches = system.generate(trained, params.events[-1], params.seed, params.batch)
generated = counts_of_first(batches, params.events, bins)

with written_whole(snakemake.output.table) as path, open(path, "w", encoding="utf-8", newline="") as file:
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in amplification_rows(generated, training, reference, params.seed):
        shown = {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
        writer.writerow(shown)
        print(*shown.values())
