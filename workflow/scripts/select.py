"""Event file -> the events of it that a view holds."""

from deepcollider.jobs import begin

begin(snakemake)

from deepcollider.features.views import view_named
from deepcollider.store.part_files import select_events

view = view_named(snakemake.wildcards.selection)
read, kept = select_events(snakemake.input.events, view, snakemake.output.events)
print(f"{kept} of {read} events belong to {view.name} ({100 * kept / max(read, 1):.2f} %)")
