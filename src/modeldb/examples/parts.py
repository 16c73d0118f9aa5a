"""Parquet parts named by digest: the open form of what is too large to lie in a pack.

A part is written beside its place, made durable and moved into it, so that it is there whole or not at all. Its name
is the digest of its bytes, which every reader checks.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from modeldb.errors import NotFound, StoreDamaged
from modeldb.objects.digest import BYTES, digest_of

if TYPE_CHECKING:
    import pyarrow

ROW_GROUP = 10_000
"""Rows per row group: a reader of one example reads no more."""
SUFFIX = ".parquet"


def write(directory: Path, table: pyarrow.Table) -> tuple[str, int]:
    """Keep a table; its digest, and the bytes the directory grew by."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        row_group_size=ROW_GROUP,
        compression="zstd",
        compression_level=3,
        use_dictionary=texts,  # scores hardly repeat: plain floats compress better and read faster
        write_statistics=False,
        store_schema=False,
    )
    data = sink.getvalue().to_pybytes()
    digest = digest_of(BYTES, [data]).hex()
    path = place(directory, digest)
    if path.exists():
        os.utime(path)  # it is needed again: nobody may think it left over
        return digest, 0
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, data)
    return digest, len(data)


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(f".{path.stem}.{os.getpid()}.{threading.get_ident()}.draft")
    try:
        with open(draft, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def read(directory: Path, digest: str, rows: slice | None = None) -> pyarrow.Table:
    """The table of this digest, or some of its rows.

    Raises NotFound, or StoreDamaged when its bytes are not what they were.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = place(directory, digest)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f'There is no part {digest} in {directory}. "modeldb fsck" names everything missing.') from None
    if digest_of(BYTES, [data]).hex() != digest:
        raise StoreDamaged(f'{path} is not what was stored: its bytes have changed. See "modeldb fsck".')
    file = pq.ParquetFile(pa.BufferReader(data))
    if rows is None or rows.stop - rows.start >= file.metadata.num_rows:
        return file.read(use_threads=False)
    first, last = rows.start // ROW_GROUP, max(rows.start, rows.stop - 1) // ROW_GROUP
    groups = file.read_row_groups(list(range(first, last + 1)), use_threads=False)
    return groups.slice(rows.start - first * ROW_GROUP, rows.stop - rows.start)


def flaw(directory: Path, digest: str) -> str | None:
    """What is wrong with a part: "missing", "damaged", or None."""
    try:
        data = place(directory, digest).read_bytes()
    except OSError:
        return "missing"
    return None if digest_of(BYTES, [data]).hex() == digest else "damaged"


def take(directory: Path, digest: str, other: Path) -> bool:
    """Replace a part by the copy another directory holds, if that is sound."""
    if flaw(other, digest) is not None:
        return False
    path = place(directory, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, place(other, digest).read_bytes())
    return True


def remove_unused(directory: Path, needed: Collection[str], before: float) -> tuple[int, int]:
    """Remove the parts nobody needs that were last written before a time; how many, and their bytes."""
    removed = freed = 0
    for path in directory.glob("??/*"):
        unused = path.suffix == ".draft" or path.name.removesuffix(SUFFIX) not in needed
        try:
            found = path.stat()
            if unused and found.st_mtime < before:
                path.unlink()
                removed, freed = removed + 1, freed + found.st_size
        except FileNotFoundError:
            continue
    return removed, freed


def place(directory: Path, digest: str) -> Path:
    """Where a part lies."""
    return directory / digest[:2] / (digest + SUFFIX)


def digests(directory: Path) -> Iterator[str]:
    """The digests of all parts there are."""
    for path in sorted(directory.glob(f"??/*{SUFFIX}")):
        if not path.name.startswith("."):
            yield path.name.removesuffix(SUFFIX)
