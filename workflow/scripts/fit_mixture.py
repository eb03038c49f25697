"""The Gaussian mixture of the codes of training events, and what it cost."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.files import write_json
from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.mixture import fit_mixture, mixture_cost
from deepcollider.generators.registry import system_class
from deepcollider.generators.sampling import load_networks, untrained_copy
from deepcollider.store.part_files import PartReader

use_threads(snakemake.threads)
system = system_class(snakemake.params.system)(**snakemake.params.hyperparameters)
(part,) = system.parts()
network = load_networks(system, {part: snakemake.input.network})[part]
if snakemake.params.untrained:
    network = untrained_copy(network)
with PartReader(snakemake.input.train) as reader:
    rows = reader.read(0, system.hyperparameters["mixture_codes"])["features"]
mixture = fit_mixture(
    network.code_means(rows),
    system.hyperparameters["gamma"],
    system.hyperparameters["mixture_iterations"],
    snakemake.params.seed,
)
mixture.save(snakemake.output.mixture)
write_json(mixture_cost(mixture, threads=snakemake.threads), snakemake.output.cost)
found = mixture.fit
state = "converged" if found["converged"] else "did NOT converge"
print(
    f"{found['components']} components, {found['used_components']} of them in use; {state} after "
    f"{found['iterations']} iterations on {found['codes']} codes"
)
