"""Statistics of the chunks of a simulated sample summed."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.sources.pythia import merge_statistics

merge_statistics(snakemake.input.statistics, snakemake.output.statistics)
