"""An archive in a folder of its own, which asks the stand-in for Zenodo, and the files that this serves."""

import hashlib

import numpy as np
import pytest

from deepcollider.sources.csv_files import SourceError
from deepcollider.sources.downloads import Patience
from deepcollider.sources.zenodo import Archive

RECORD = 7277951
NAME = "ttbar_10fb.csv"
DATA = np.random.default_rng(1).integers(32, 127, 1_000_000, np.uint8).tobytes().replace(b"<", b";")
FILES = {NAME: DATA, "ttbar_small.csv": DATA[:1000], "ttbarZ_10fb.csv.gz": b"\x1f\x8b" + DATA[:5000]}
ALL_NAMES = ["ttbar", "ttbarZ", "stop_02"]


class Site:
    """An archive in a folder of its own, whose waiting takes no time but is written down."""

    def __init__(self, api, folder):
        self.folder, self.waits = folder, []
        self.path = folder / f"downloads/{RECORD}/{NAME}"
        self.partial = self.path.with_name(f"{NAME}.partial")
        self.manifest = folder / f"manifests/{RECORD}.json"
        self.options = {
            "api": api,
            "folder": folder / "downloads",
            "manifests": folder / "manifests",
            "patience": Patience(attempts=4, base_s=1.0, longest_s=60.0, sleep=self.waits.append),
        }

    def acquire(self, name="ttbar", file=None, **options):
        return Archive(**{**self.options, **options}).acquire(RECORD, (name,), ALL_NAMES, file)

    def refused(self, **options):
        """The message of an acquisition that fails, after which no file bears its final name."""
        with pytest.raises(SourceError) as error:
            self.acquire(**options)
        assert not self.path.exists()
        assert not list(self.path.parent.glob("tmp*"))
        return str(error.value)

    def assert_acquired(self, receipt):
        assert self.path.read_bytes() == DATA
        assert sorted(path.name for path in self.path.parent.iterdir()) == [NAME]
        assert receipt.path == str(self.path) and receipt.size == len(DATA) and receipt.verified
        assert receipt.md5 == hashlib.md5(DATA).hexdigest()
        assert receipt.sha256 == hashlib.sha256(DATA).hexdigest()


def site_error(site) -> str:
    with pytest.raises(SourceError) as error:
        site.acquire()
    return str(error.value)
