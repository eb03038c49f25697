"""Points of the toy Gaussians, for training and for test."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.sources.toy_gaussians import write_points

write_points(
    {"train": snakemake.output.train, "test": snakemake.output.test},
    snakemake.params.points,
    snakemake.params.seed,
)
