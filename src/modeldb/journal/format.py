"""What a journal looks like on disk; writer and reader agree here.

`journal/<client>/` belongs to one process. `lock` is held (flock) as long as that process lives. Records lie in
segments `00000000.seg`, `00000001.seg` …, each a header and then frames: length and CRC-32 of the payload, both
little-endian u32, and the payload. A frame is written by one `write()`. A payload is never empty, so zeros, which
some file systems leave behind after a power loss, are not a frame.
"""

from __future__ import annotations

import struct
from pathlib import Path

MAGIC = b"modeldb\n"

FRAME = struct.Struct("<II")
"""Length and checksum of the payload that follows."""

HEADER = struct.Struct("<8sIQ")
"""Magic, `codec.FORMAT`, and the number of the first record in the segment, counted from 0 over the journal."""

MAX_RECORD = 1 << 28
"""256 MiB. Larger values belong in the object store; the journal holds their digest."""

LOCK = "lock"
DAMAGED = ".damaged"
"""Suffix of the directory of a journal that could not be read to its end and was put aside."""
UNFINISHED = ".new-"
"""Prefix of a journal directory while it is being made."""


def segment_path(client_dir: Path, segment: int) -> Path:
    return client_dir / f"{segment:08d}.seg"


def segments(client_dir: Path) -> list[int]:
    """The numbers of the segments that are there, in order; none when the directory is gone."""
    try:
        names = [path.stem for path in client_dir.iterdir() if path.suffix == ".seg"]
    except FileNotFoundError:
        return []
    return sorted(int(name) for name in names if name.isdigit())
