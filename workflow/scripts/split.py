"""Shuffled event file -> train, validation and test."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.store.shuffle import split

sizes = split(
    snakemake.input.events,
    {name: snakemake.output[name] for name in ("train", "validation", "test")},
    dict(snakemake.params.fractions),
    min_train=snakemake.params.min_train,
)
print(", ".join(f"{name}: {size} events" for name, size in sizes.items()))
