"""Distributions of the classifier features and image variables of every dilepton sample, and of MET for a cut on it."""

from deepcollider.jobs import begin

begin(snakemake)

from tqdm import tqdm

from deepcollider.files import write_json
from deepcollider.metrics.ntuple_summaries import summarise_sample
from deepcollider.metrics.ntuple_variables import FEATURE_VARIABLES, IMAGE_VARIABLES
from deepcollider.store.rows import BLOCK_ROWS, RowReader

distributions, attributes = {}, {}
for view, variables in (("features", FEATURE_VARIABLES), ("images", IMAGE_VARIABLES)):
    distributions[view] = {}
    for sample, path in zip(snakemake.params.samples, snakemake.input[view], strict=True):
        with RowReader(path) as reader:
            blocks = tqdm(reader.batches(), sample, -(-len(reader) // BLOCK_ROWS), unit="block", mininterval=2.0)
            distributions[view][sample] = summarise_sample((block["events"] for block in blocks), variables)
            told = ("counts", "cuts", "transverse_mass", "repeated_events")
            attributes[sample] = {name: reader.attributes.get(name) for name in told}
write_json({"samples": attributes, "distributions": distributions}, snakemake.output.summary)
print(*(f"{sample}: {each['n']} events" for sample, each in distributions["features"].items()), sep=", ")
