"""Dark Machines CSV -> event file and quarantine file."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from deepcollider.sources.dark_machines import skim

counts = skim(
    snakemake.input.csv,
    snakemake.output.events,
    # Snakemake deletes the outputs of a failed job but keeps its logs: as a log it outlives a failure.
    snakemake.log.get("quarantine") or snakemake.output.quarantine,
    process=snakemake.wildcards.process,
    aliases=tuple(snakemake.params.get("aliases", ())),
    max_bad_fraction=snakemake.params.max_bad_fraction,
    require_valid=snakemake.params.require_valid,
)
print(", ".join(f"{name}: {n}" for name, n in counts.items()))
