"""Statistics of the chunks of a simulated sample summed."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.pythia import merge_statistics

merge_statistics(snakemake.input.statistics, snakemake.output.statistics)
