"""Classifier features of all dilepton samples -> all their events in random order."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.sources.mixing import mix_samples

n_events = mix_samples(
    snakemake.input.events,
    snakemake.output.events,
    signal=snakemake.params.signal,
    seed=snakemake.params.seed,
    bucket_rows=snakemake.params.bucket_rows,
)
print(f"{n_events} events")
