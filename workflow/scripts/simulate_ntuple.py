"""One chunk of simulated events of an n-tuple sample: ROOT file and statistics."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.ntuples import simulate_to_root

simulate_to_root(
    snakemake.output.root,
    snakemake.output.statistics,
    sample=snakemake.wildcards.ntuple,
    format=snakemake.params.format,
    settings=snakemake.params.settings,
    n_events=snakemake.params.n_events,
    seed=snakemake.params.seed,
    batch_size=snakemake.params.batch_size,
    first_event=snakemake.params.first_event,
)
