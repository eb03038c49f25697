"""Dilepton n-tuples -> classifier features, image variables and quarantine file."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.dileptons import Cuts, skim_dileptons

counts = skim_dileptons(
    snakemake.params.sources,
    snakemake.output.features,
    snakemake.output.images,
    # a log, because Snakemake keeps logs of failed jobs but deletes their outputs
    snakemake.log.quarantine,
    sample=snakemake.wildcards.ntuple,
    dataset_id=snakemake.params.dataset_id,
    cuts=Cuts(**snakemake.params.cuts),
    transverse_mass_kind=snakemake.params.transverse_mass,
    max_bad_fraction=snakemake.params.max_bad_fraction,
)
print(", ".join(f"{name}: {n}" for name, n in counts.items()))
