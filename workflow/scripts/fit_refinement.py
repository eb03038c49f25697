"""Trees that tell true training events from generated ones, and what they cost."""

from deepcollider.jobs import begin

begin(snakemake)

import numpy as np

from deepcollider.files import write_json
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.refinement import GENERATED_PER_TRUE, fit_refinement, refinement_cost
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import generate_as_written, load_trained
from deepcollider.physics.events import concatenate
from deepcollider.store.event_files import read_events

use_threads(snakemake.threads)
files, params = snakemake.input, snakemake.params
system = system_class(params.system)(**params.hyperparameters)
trained = load_trained(system, files.networks, files.masks, untrained=params.untrained, truth=files.train)
values = system.hyperparameters
limit = min(filter(None, (params.max_rows, values["refining_events"])))
truth, held_out = read_events(files.train, limit), read_events(files.validation, values["refining_events"])
n, n_held_out = (GENERATED_PER_TRUE * len(events) for events in (truth, held_out))
generated = concatenate(list(generate_as_written(system, trained, n + n_held_out, params.seed, params.batch)))
refinement = fit_refinement(
    truth,
    generated.take(np.arange(n)),
    (held_out, generated.take(np.arange(n, n + n_held_out))),
    **{name: values[name] for name in ("most_weight", "trees", "leaves")},
    seed=params.seed,
)
refinement.save(snakemake.output.refinement)
write_json(refinement_cost(refinement, threads=snakemake.threads), snakemake.output.cost)
found = refinement.fit
print(
    f"{found['trees']} trees of {found['events']} true events and {GENERATED_PER_TRUE} generated ones for each; "
    f"held-out log loss {found['log_loss']:.4f} (log 2 is {np.log(2):.4f}); "
    f"{found['accepted']:.0%} of generated events are kept"
)
