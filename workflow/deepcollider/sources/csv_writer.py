"""Events to the Dark Machines CSV: one line an event, MeV, six significant digits.

``eventID;process;weight;MET;METphi;obj,E,pt,eta,phi;obj,E,pt,eta,phi`` without a header, spaces or a trailing
``;``.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepcollider.files import written_whole
from deepcollider.physics.digits import DIGITS
from deepcollider.physics.events import Events
from deepcollider.physics.kinds import KIND_TABLE, MEV_PER_GEV


def format_events(events: Events) -> str:
    """CSV lines of ``events``, objects in their stored order (by kind, then by descending pt)."""
    headers, objects, valid = events.events, events.objects, events.objects["valid"]
    flat = objects[valid]
    # double precision first: float32 times 1000 would lose the sixth digit
    columns = [flat["energy"].astype(float) * MEV_PER_GEV, flat["pt"].astype(float) * MEV_PER_GEV]
    columns += [flat["eta"].astype(float), flat["phi"].astype(float)]
    rows = zip(flat["kind"].tolist(), *(column.tolist() for column in columns), strict=True)
    form = f"%s,{','.join(4 * [f'%.{DIGITS}g'])}"
    texts = [form % (KIND_TABLE[kind], *values) for kind, *values in rows]
    ends = np.cumsum(valid.sum(axis=1)).tolist()
    met = (headers["met"].astype(float) * MEV_PER_GEV).tolist()

    lines, start = [], 0
    for header, met_mev, end in zip(headers, met, ends, strict=True):
        first = f"{header['event_id']};{header['process'].decode()};{header['weight']:g}"
        fields = [first, f"{met_mev:.{DIGITS}g}", f"{float(header['met_phi']):.{DIGITS}g}", *texts[start:end]]
        lines.append(";".join(fields) + "\n")
        start = end
    return "".join(lines)


def merge_csv(chunks: Iterable[str | Path], path: str | Path, show_progress: bool = True) -> int:
    """Join CSV files into ``path`` with event numbers counted through from 0; gives the number of events.

    Reads line by line, so that memory does not grow with the sample.
    """
    event_id = 0
    with written_whole(path) as temporary, open(temporary, "wb") as merged:
        for chunk in tqdm(chunks, unit="chunk", mininterval=2.0, disable=not show_progress):
            with open(chunk, "rb") as lines:
                for number, line in enumerate(lines, start=1):
                    _, separator, rest = line.partition(b";")
                    if not separator or not line.endswith(b"\n"):
                        raise ValueError(f"{chunk}, line {number}: not a whole event line")
                    merged.write(b"%d;%b" % (event_id, rest))
                    event_id += 1
    return event_id
