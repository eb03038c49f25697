"""Classifier features of all dilepton samples -> all their events in random order."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.mixing import mix_samples

n_events = mix_samples(
    snakemake.input.events,
    snakemake.output.events,
    signal=snakemake.params.signal,
    seed=snakemake.params.seed,
    bucket_rows=snakemake.params.bucket_rows,
)
print(f"{n_events} events")
