"""One chunk of simulated events of a process: CSV and statistics."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.pythia import Preselection, simulate_to_csv

simulate_to_csv(
    snakemake.output.csv,
    snakemake.output.statistics,
    process=snakemake.wildcards.process,
    settings=snakemake.params.settings,
    n_accepted=snakemake.params.n_events,
    seed=snakemake.params.seed,
    batch_size=snakemake.params.batch_size,
    preselection=Preselection(snakemake.params.min_ht, snakemake.params.contains),
)
