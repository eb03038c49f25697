"""One part of one setting of one experiment: network, losses and cost."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.generators.backend_tensorflow import use_threads
from deepcollider.generators.registry import system_class
from deepcollider.generators.training import Parent, TrainingPlan, train_part

use_threads(snakemake.threads)
origin = dict(snakemake.params.origin)
refit = origin.pop("scaler", None) == "refit"
train_part(
    system=system_class(snakemake.params.system)(**snakemake.params.hyperparameters),
    part=snakemake.wildcards.part,
    train_path=snakemake.input.train,
    validation_path=snakemake.input.validation,
    plan=TrainingPlan(**snakemake.params.plan, seed=snakemake.params.seed),
    checkpoints=snakemake.params.checkpoints,
    network_path=snakemake.output.network,
    log_path=snakemake.output.losses,
    cost_path=snakemake.output.cost,
    description_path=snakemake.output.description,
    threads=snakemake.threads,
    parent=Parent(snakemake.input.parent, origin, refit) if snakemake.input.parent else None,
)
