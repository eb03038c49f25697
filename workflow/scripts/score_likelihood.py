"""Minus the logarithm of the likelihood of events, file by file: the score of a learnt density."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import json
from pathlib import Path

import numpy as np

from deepcollider.features.masks import MaskGenerator
from deepcollider.files import written_whole
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.protocol import Trained
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import load_networks
from deepcollider.store.event_files import read_events

use_threads(snakemake.threads)
files = snakemake.input
system = system_class(snakemake.params.system)(**snakemake.params.hyperparameters)
trained = Trained(
    load_networks(system, dict(zip(system.parts(), files.networks, strict=True))),
    masks=MaskGenerator.from_config(json.loads(Path(files.masks).read_text())),
)
scores = {}
for sample, path in zip(snakemake.params.samples, files.events, strict=True):
    events = read_events(path, snakemake.params.max_events)
    scores[sample] = -system.log_prob(trained, events, smoothed=True)
    print(f"{sample}: {len(events)} events, mean of -log p {np.mean(scores[sample]):.2f}")
with written_whole(snakemake.output.scores) as path, open(path, "wb") as file:
    np.savez(file, **scores)
