"""Chunks of simulated events joined into one CSV with contiguous event numbers; their statistics summed."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.csv_writer import merge_csv
from deepcollider.sources.pythia import merge_statistics

n_events = merge_csv(snakemake.input.csv, snakemake.output.csv)
statistics = merge_statistics(snakemake.input.statistics, snakemake.output.statistics)
if n_events != statistics["n_accepted"]:
    raise ValueError(f"{n_events} events in the CSV, but the statistics count {statistics['n_accepted']}")
