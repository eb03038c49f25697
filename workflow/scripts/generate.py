"""Events of one setting from its trained parts, and how long they took."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import json
from pathlib import Path

from deepcollider.features.masks import MaskGenerator
from deepcollider.files import write_json
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import generate_to_file, load_networks, untrained_copy

use_threads(snakemake.threads)
system = system_class(snakemake.params.system)(**snakemake.params.hyperparameters)
networks = load_networks(system, dict(zip(system.parts(), snakemake.input.networks, strict=True)))
if snakemake.params.untrained:
    networks = {part: untrained_copy(network) for part, network in networks.items()}
timing = generate_to_file(
    system,
    networks,
    MaskGenerator.from_config(json.loads(Path(snakemake.input.masks).read_text())),
    n=snakemake.params.n_events,
    seed=snakemake.params.seed,
    batch=snakemake.params.batch,
    timing_batches=snakemake.params.timing_batches,
    threads=snakemake.threads,
    path=snakemake.output.events,
    attributes={
        "process": snakemake.wildcards.process,
        "source": f"{snakemake.params.system}, {snakemake.wildcards.setting}",
    },
)
write_json({**timing, "untrained": snakemake.params.untrained}, snakemake.output.timing)
