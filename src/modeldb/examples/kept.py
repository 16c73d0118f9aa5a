"""Kept datasets: their columns in the object store, one object each, and how to put them together again.

What is kept of a dataset is a list of objects: its columns in order, the levels of its index, its frame (what kind of
table it is and what the columns are called) and its row digests. A column is named by its content, so another
version of the dataset, or another container, adds only the columns that differ.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from modeldb.errors import NotCapturable, NotFound, StoreDamaged
from modeldb.examples import columns
from modeldb.objects.columns import TableDigest, digest, row_digests
from modeldb.objects.columns.containers import read as read_table
from modeldb.objects.columns.forms import Category, Column, Fixed
from modeldb.objects.columns.scalars import Encoder

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

    from modeldb.objects import ObjectStore

FORMAT = 1


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """How a dataset's columns make the table it was."""

    format: int
    kind: str
    """`frame`, `series`, `vector`, `array`, `array[28, 28]` or `scalar`."""
    container: str
    n_rows: int
    n_columns: int
    labels: list[bytes] | None
    """The columns' names as typed bytes; None for 0, 1, 2, …"""
    index: list[bytes]
    """The names of the index's levels."""


@dataclass(frozen=True, slots=True)
class Stored:
    digests: list[str]
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A dataset as it was kept."""

    frame: Frame
    columns: list[Column]
    index: list[Column]
    rows: NDArray[np.uint64]
    """The digest of each row."""

    @property
    def names(self) -> list[str]:
        """The columns' names as people write them, all different and none empty."""
        return distinct([str(label) if label is not None else "" for label in self.labels])

    @property
    def labels(self) -> list[Hashable]:
        """The columns' names as they were."""
        if self.frame.labels is None:
            return list(range(self.frame.n_columns))
        return [label_of(label) for label in self.frame.labels]


def write(
    objects: ObjectStore, value: Any, table: TableDigest | None = None, examples: NDArray[np.uint64] | None = None
) -> Stored:
    """Store a table's values, and the identities of its examples: those given, or the digests of its rows.

    Raises NotCapturable when they would not come back as the same dataset.
    """
    read = read_table(value)
    if read is None:
        raise NotCapturable(f"{type(value).__name__} is no table. Keep an array, a series, a frame or a list.")
    found = columns.singles(read.pieces)
    in_order = [found[position] for position in range(len(read.labels))]
    labels = None if isinstance(read.labels, range) else [_label(label) for label in read.labels]
    index = [_label(label) for label, _ in read.index]
    frame = Frame(FORMAT, read.kind, read.container, read.n_rows, len(in_order), labels, index)
    levels = [column for _, column in read.index]
    rows = row_digests(value) if examples is None else examples
    both = [*in_order, *levels]
    encoded = [columns.encode(column) for column in both]
    if table is not None:
        _check(frame, both, encoded, table)
    body = msgspec.msgpack.encode(frame)
    digests = objects.put_all_bytes([*encoded, body, _encoded_rows(rows)])
    return Stored(digests, sum(map(len, encoded)) + len(body) + rows.nbytes)


def write_rows(objects: ObjectStore, rows: NDArray[np.uint64]) -> str:
    """Store the identities of a table's examples alone; the object that holds them."""
    return objects.put_bytes(_encoded_rows(rows))


def _encoded_rows(rows: NDArray[np.uint64]) -> bytes:
    return columns.encode(Fixed("uint64", rows))


def read(objects: ObjectStore, digests: Sequence[str], only: Sequence[int] | None = None) -> Kept:
    """A kept dataset; `only` reads some of its columns."""
    try:
        frame = msgspec.msgpack.decode(objects.get_bytes(digests[-2]), type=Frame)
    except (msgspec.MsgspecError, IndexError) as error:
        raise StoreDamaged(f'A kept dataset cannot be read: {error}. See "modeldb fsck".') from error
    wanted = range(frame.n_columns) if only is None else only
    held = [columns.decode(objects.get_bytes(digests[position])) for position in wanted]
    index = [columns.decode(objects.get_bytes(name)) for name in digests[frame.n_columns : -2]]
    return Kept(frame, held, index, read_rows(objects, digests[-1]))


def read_rows(objects: ObjectStore, name: str) -> NDArray[np.uint64]:
    """The row digests in an object."""
    column = columns.decode(objects.get_bytes(name))
    assert isinstance(column, Fixed)
    return column.values


def load(objects: ObjectStore, digests: Sequence[str], dataset_digest: str) -> Any:
    """The dataset as the container it was: a frame or series of pandas, or an array of numpy.

    Raises StoreDamaged when what comes out is not the dataset of this digest.
    """
    from modeldb.examples import containers

    value = containers.rebuild(read(objects, digests))
    found = digest(value)
    if found is None or found.digest != dataset_digest:
        raise StoreDamaged(f'Dataset d-{dataset_digest} does not come back as it was. See "modeldb fsck".')
    return value


def to_arrow(kept: Kept) -> pyarrow.Table:
    """The kept rows as SQL sees them: `row`, `example`, then the columns."""
    import pyarrow as pa

    names = distinct(["row", "example", *kept.names])
    arrays = [pa.array(np.arange(kept.frame.n_rows)), pa.array(kept.rows), *map(columns.to_arrow, kept.columns)]
    return pa.table(arrays, names=names)


def to_arrow_column(objects: ObjectStore, digests: Sequence[str], name: str) -> pyarrow.Array:
    """One column of the kept rows, by the name SQL has for it. Raises NotFound when there is none of that name."""
    names = distinct(["row", "example", *read(objects, digests, only=[]).names])[2:]
    places = [place for place, known in enumerate(names) if known.lower() == name.lower()]
    if not places:
        raise NotFound(f"There is no column {name!r} among the kept rows. There are {', '.join(names)}.")
    [column] = read(objects, digests, only=places).columns
    return columns.to_arrow(column)


def distinct(names: Sequence[str]) -> list[str]:
    """The same names, told apart where they are equal but for case, as SQL reads them."""
    taken: set[str] = set()
    made = []
    for number, name in enumerate(names):
        wanted = name or f"column_{number}"
        chosen, count = wanted, 1
        while chosen.lower() in taken:
            chosen, count = f"{wanted}_{count}", count + 1
        taken.add(chosen.lower())
        made.append(chosen)
    return made


def label_of(encoded: bytes) -> Hashable:
    """A column's name, from its typed bytes."""
    from modeldb.examples.objects import value

    found = value(encoded)
    return tuple(found) if isinstance(found, list) else found


def _label(label: Hashable) -> bytes:
    encoder = Encoder()
    encoded = encoder.encode(label)
    if encoder.weak:
        raise NotCapturable(f"A column is named by an object of the type {type(label).__name__}.")
    return encoded


_come_back: set[Hashable] = set()
"""Forms of tables that were put together again and were the same."""


def _check(frame: Frame, held: Sequence[Column], encoded: Sequence[bytes], table: TableDigest) -> None:
    """Raise NotCapturable when these columns do not make the same table again.

    For plain values that is a matter of the table's form, so it is tried once for each; objects and categories are
    tried every time.
    """
    form = _form(frame, held)
    if form in _come_back:
        return
    from modeldb.examples import containers

    again = [columns.decode(data) for data in encoded]
    kept = Kept(frame, again[: frame.n_columns], again[frame.n_columns :], np.empty(0, np.uint64))
    found = digest(containers.rebuild(kept))
    if found is None or found.digest != table.digest:
        raise NotCapturable(f"{frame.container} holds values that would come back as others.")
    if form is not None and len(_come_back) < 10_000:
        _come_back.add(form)


def _form(frame: Frame, held: Sequence[Column]) -> Hashable:
    """A table but for its values; None where those matter too."""
    columns_ = []
    for column in held:
        if isinstance(column, Category) or column.dtype == "object":
            return None
        missing = column.nulls is not None if isinstance(column, Fixed) else bool((column.lengths < 0).any())
        columns_.append((column.dtype, missing))
    names = None if frame.labels is None else tuple(frame.labels)
    return frame.kind, frame.container, names, tuple(frame.index), tuple(columns_)
