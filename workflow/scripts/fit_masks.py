"""The statistical mask generator of one experiment and process, from its training events."""

from deepcollider.logs import log_to

log_to(snakemake.log[0])

from tqdm import tqdm

from deepcollider.features.masks import MaskGenerator, count_masks
from deepcollider.files import write_json
from deepcollider.store.part_files import PartReader
from deepcollider.store.rows import BLOCK_ROWS

with PartReader(snakemake.input.met) as reader:
    blocks = tqdm(reader.batches(), total=-(-len(reader) // BLOCK_ROWS), unit="block", mininterval=2.0)
    frequencies = count_masks(block["counts"] for block in blocks)
masks = MaskGenerator.fit(frequencies, snakemake.params.frequent_fraction)
print(f"{len(masks.frequent)} frequent and {len(masks.rare)} rare masks")
write_json(masks.to_config(), snakemake.output.masks)
