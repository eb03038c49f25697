"""Skimmed samples -> all their events in random order, as HDF5 and as a ROOT tree."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.trileptons import mix_trileptons

n_events = mix_trileptons(
    snakemake.input.events,
    snakemake.output.events,
    snakemake.output.root,
    signal=snakemake.params.signal,
    seed=snakemake.params.seed,
    bucket_rows=snakemake.params.bucket_rows,
)
print(f"{n_events} events")
