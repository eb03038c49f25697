"""Minus the logarithm of the likelihood of events, file by file: the score of a learnt density."""

from deepcollider.jobs import begin

begin(snakemake)

import numpy as np

from deepcollider.files import written_whole
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import load_trained
from deepcollider.store.event_files import read_events

use_threads(snakemake.threads)
files, params = snakemake.input, snakemake.params
system = system_class(params.system)(**params.hyperparameters)
trained = load_trained(system, files.networks, files.masks, conditions=params.conditions)
scores = {}
for sample, path in zip(params.samples, files.events, strict=True):
    events = read_events(path, params.max_events)
    scores[sample] = -system.log_prob(trained, events, smoothed=True)
    print(f"{sample}: {len(events)} events, mean of -log p {np.mean(scores[sample]):.2f}")
with written_whole(snakemake.output.scores) as path, open(path, "wb") as file:
    np.savez(file, **scores)
