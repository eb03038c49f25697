"""The statistical mask generator of one experiment and process, from its training events."""

from deepcollider.jobs import begin

begin(snakemake)

from tqdm import tqdm

from deepcollider.features.masks import MaskGenerator, count_masks
from deepcollider.files import write_json
from deepcollider.physics.events import counts_per_kind
from deepcollider.store.event_files import EventReader
from deepcollider.store.rows import BLOCK_ROWS

with EventReader(snakemake.input.events, snakemake.params.max_rows) as reader:
    blocks = tqdm(reader.event_batches(), total=-(-len(reader) // BLOCK_ROWS), unit="block", mininterval=2.0)
    frequencies = count_masks(counts_per_kind(block.objects) for block in blocks)
masks = MaskGenerator.fit(frequencies, snakemake.params.frequent_fraction)
print(f"{len(masks.frequent)} frequent and {len(masks.rare)} rare masks")
write_json(masks.to_config(), snakemake.output.masks)
