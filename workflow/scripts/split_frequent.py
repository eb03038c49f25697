"""Shuffled events -> splits of those that have one of the most frequent combinations of objects."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.features.views import view_named
from deepcollider.store.stratified import split_most_frequent

sizes = split_most_frequent(
    snakemake.input.events,
    view_named(snakemake.wildcards.selection),
    {name: snakemake.output[name] for name in snakemake.params.fractions},
    dict(snakemake.params.fractions),
    seed=snakemake.params.seed,
    min_train=snakemake.params.min_train,
)
print(", ".join(f"{name}: {size} events" for name, size in sizes.items()))
