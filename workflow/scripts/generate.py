"""Events of one setting from its trained parts, and how long they took."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.files import write_json
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import generate_to_file, load_trained

use_threads(snakemake.threads)
files, params = snakemake.input, snakemake.params
system = system_class(params.system)(**params.hyperparameters)
timing = generate_to_file(
    system,
    load_trained(
        system,
        files.networks,
        files.masks,
        files.mixture,
        files.refinement,
        files.seeds,
        params.conditions,
        untrained=params.untrained,
        truth=files.truth,
    ),
    n=params.n_events,
    seed=params.seed,
    batch=params.batch,
    timing_batches=params.timing_batches,
    threads=snakemake.threads,
    path=snakemake.output.events,
    attributes={
        "process": snakemake.wildcards.process,
        "source": f"{params.system}, {snakemake.wildcards.setting}",
        "seeds": params.seeds_from or "none",
    },
)
write_json({**timing, "untrained": params.untrained, "seeds": params.seeds_from}, snakemake.output.timing)
