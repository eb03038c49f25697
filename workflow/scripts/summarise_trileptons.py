"""Distributions and yields of the mixed trilepton events by sample, and the correlations of the background."""

from deepcollider.jobs import begin

begin(snakemake)

from tqdm import tqdm

from deepcollider.files import write_json
from deepcollider.metrics.ntuple_summaries import summarise_trileptons
from deepcollider.store.rows import BLOCK_ROWS, RowReader

background = snakemake.params.background
with RowReader(snakemake.input.events) as reader:
    samples = {int(number): name for number, name in reader.attributes["dataset_ids"].items()}
    blocks = tqdm(reader.batches(), total=-(-len(reader) // BLOCK_ROWS), unit="block", mininterval=2.0)
    summary = summarise_trileptons(
        (block["events"] for block in blocks), samples, background, reader.attributes["missing"] == "zero"
    )
    settings = {name: reader.attributes[name] for name in ("cuts", "missing")}
skimmed = {}
for path in snakemake.input.skimmed:
    with RowReader(path) as reader:
        told = {name: reader.attributes[name] for name in ("repeated_events", "met")}
        skimmed[reader.attributes["sample"]] = reader.attributes["counts"] | told
write_json({**settings, "skimmed": skimmed, **summary}, snakemake.output.summary)
print(*(f"{name}: {sample['n']} events" for name, sample in summary["distributions"]["variables"].items()), sep=", ")
