"""Shuffled row file -> its splits: train and test, and validation where there is one."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.store.shuffle import split

sizes = split(
    snakemake.input.events,
    {name: snakemake.output[name] for name in snakemake.params.fractions},
    dict(snakemake.params.fractions),
    min_train=snakemake.params.min_train,
    min_train_key=snakemake.params.get("min_train_key", "split.min_train"),
)
print(", ".join(f"{name}: {size} events" for name, size in sizes.items()))
