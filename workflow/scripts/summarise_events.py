"""Histograms, moments, correlations and tests of shape of all events of a process."""

from deepcollider.jobs import begin

begin(snakemake)

from tqdm import tqdm

from deepcollider.files import write_json, written_whole
from deepcollider.metrics.distributions import summarise
from deepcollider.metrics.shape_tests import check_shapes
from deepcollider.store.event_files import EventReader
from deepcollider.store.rows import BLOCK_ROWS

PROVENANCE = ("source", "source_sha256", "doi", "counts", "repeated_events")

process = snakemake.wildcards.process
with EventReader(snakemake.input.events) as reader:
    blocks = tqdm(
        reader.event_batches(), total=-(-len(reader) // BLOCK_ROWS), desc=process, unit="block", mininterval=2.0
    )
    summary, samples = summarise(blocks, snakemake.params.seed)
    provenance = {name: reader.attributes.get(name) for name in PROVENANCE}
checks = check_shapes(samples)
checks.insert(0, "process", process)
with written_whole(snakemake.output.checks) as path:
    checks.to_csv(path, index=False, float_format="%.6g")
write_json({"process": process, **provenance, **summary}, snakemake.output.summary)
print(f"{summary['n_events']} events, {sum(summary['n_objects'].values())} objects, {len(checks)} tests")
