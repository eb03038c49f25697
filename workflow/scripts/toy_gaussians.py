"""Points of the toy Gaussians, for training and for test."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.toy_gaussians import write_points

write_points(
    {"train": snakemake.output.train, "test": snakemake.output.test},
    snakemake.params.points,
    snakemake.params.seed,
)
