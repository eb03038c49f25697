"""Events of one setting from its trained parts, and how long they took."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

import json
from pathlib import Path

from deepcollider.features.masks import MaskGenerator
from deepcollider.files import write_json
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.mixture import CodeMixture
from deepcollider.generators.protocol import Trained
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import generate_to_file, load_networks, seed_events_of, untrained_copy

use_threads(snakemake.threads)
files = snakemake.input
system = system_class(snakemake.params.system)(**snakemake.params.hyperparameters)
networks = load_networks(system, dict(zip(system.parts(), files.networks, strict=True)))
if snakemake.params.untrained:
    networks = {part: untrained_copy(network) for part, network in networks.items()}
trained = Trained(
    networks,
    masks=MaskGenerator.from_config(json.loads(Path(files.masks).read_text())) if files.masks else None,
    mixture=CodeMixture.load(files.mixture) if files.mixture else None,
    seed_events=seed_events_of(files.seeds) if files.seeds else None,
)
timing = generate_to_file(
    system,
    trained,
    n=snakemake.params.n_events,
    seed=snakemake.params.seed,
    batch=snakemake.params.batch,
    timing_batches=snakemake.params.timing_batches,
    threads=snakemake.threads,
    path=snakemake.output.events,
    attributes={
        "process": snakemake.wildcards.process,
        "source": f"{snakemake.params.system}, {snakemake.wildcards.setting}",
        "seeds": snakemake.params.seeds_from or "none",
    },
)
record = {**timing, "untrained": snakemake.params.untrained, "seeds": snakemake.params.seeds_from}
write_json(record, snakemake.output.timing)
