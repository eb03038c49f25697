"""The file of a process from its Zenodo record: download or find, verify, write the receipt."""

from deepcollider.jobs import begin

begin(snakemake)

from pathlib import Path

from deepcollider.sources.downloads import Patience
from deepcollider.sources.zenodo import Archive

options, params = snakemake.config["zenodo"], snakemake.params
archive = Archive(
    api=options["api"],
    folder=Path(params.folder),
    manifests=Path(params.manifests),
    offline=options["offline"],
    patience=Patience(attempts=options["retries"]),
)
receipt = archive.acquire(params.record, tuple(params.names), tuple(params.all_names), params.file)
receipt.write(snakemake.output.receipt)
print(f"{receipt.path}: {receipt.size} bytes, md5 {receipt.md5}, {'verified' if receipt.verified else 'unverified'}")
