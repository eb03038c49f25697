"""Dark Machines CSV -> event file and quarantine file."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.sources.csv_files import names_in, read_receipt
from deepcollider.sources.dark_machines import TooManyBadLines, skim

source, attributes = snakemake.input.csv, {}
if source.endswith(".json"):
    receipt = read_receipt(source)
    source, attributes = receipt.path, receipt.attributes
# Snakemake deletes the outputs of a failed job but keeps its logs: as a log it outlives a failure.
quarantine = snakemake.log.get("quarantine") or snakemake.output.quarantine
process = snakemake.wildcards.process
try:
    counts = skim(
        source,
        snakemake.output.events,
        quarantine,
        process=process,
        aliases=tuple(snakemake.params.aliases),
        max_bad_fraction=snakemake.params.max_bad_fraction,
        require_valid=snakemake.params.require_valid,
        threads=snakemake.threads,
        attributes=attributes,
    )
except TooManyBadLines as error:
    if others := names_in(quarantine):
        error.add_note(
            f"Lines of {source} bear other process names: {', '.join(others)}. Where this is {process} under another "
            f"name, add it to the column aliases of {process} in config/processes.tsv"
        )
    raise
print(", ".join(f"{name}: {n}" for name, n in counts.items()))
