"""Event file -> the same events in random order."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.store.shuffle import shuffle

shuffle(
    snakemake.input.events,
    snakemake.output.events,
    seed=snakemake.params.seed,
    bucket_rows=snakemake.params.bucket_rows,
)
