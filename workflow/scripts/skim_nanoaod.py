"""NanoAOD files of a sample -> its events with three charged leptons."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.trileptons import Selection, skim_nanoaod

counts = skim_nanoaod(
    snakemake.params.sources,
    snakemake.output.events,
    dataset_id=snakemake.params.dataset_id,
    sample=snakemake.wildcards.ntuple,
    selection=Selection(snakemake.params.min_pt, snakemake.params.max_isolation),
    missing=snakemake.params.missing,
    met=snakemake.params.met,
)
print(", ".join(f"{name}: {n}" for name, n in counts.items()))
