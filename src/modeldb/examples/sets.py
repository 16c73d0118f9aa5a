"""A set of predictions: what one method of one model said about one dataset, row by row.

A set is a small object in the object store that names its columns. Columns of small sets lie inside it; those of
larger ones are Parquet parts, labels apart from predictions apart from scores, so that a question about labels reads
no scores, and what two sets share (the true labels of a dataset) is stored once.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from modeldb.core import keys
from modeldb.errors import InvalidInput, StoreDamaged, StoreTooNew
from modeldb.examples import columns, parts
from modeldb.objects.columns.containers import read as read_table
from modeldb.objects.columns.forms import Column, Fixed, Text
from modeldb.objects.columns.python import column_of

if TYPE_CHECKING:
    import pyarrow

    from modeldb.objects import ObjectStore

FORMAT = 1
INLINE_ROWS = 4_000
"""Below this many rows a set is one small object; a Parquet file would be mostly its own footer."""

SCORES = frozenset({"predict_proba", "decision_function"})
"""Methods whose result is scores; the others give predictions."""


class Held(msgspec.Struct, frozen=True, array_like=True):
    """Columns of a set: inside it, or in a Parquet part."""

    names: list[str]
    inline: list[bytes] = []
    """One encoded column per name."""
    part: str | None = None
    durations: list[str | None] | None = None
    """The unit of each column of a part that holds spans of time, which Parquet has only as whole numbers."""


class PredictionSet(msgspec.Struct, frozen=True, array_like=True):
    """What lies in the object store for a set."""

    format: int
    model_id: str
    dataset_id: str
    method: str
    n_rows: int
    classes: bytes | None
    """The classes the scores are about, in order, as an encoded column."""
    labels: Held | None = None
    predictions: Held | None = None
    scores: Held | None = None
    rows: str | None = None
    """The object that holds the dataset's row digests."""
    outputs: list[bytes] | None = None
    """Of a classifier with several outputs, the classes of each, in place of `classes`."""


@dataclass(frozen=True, slots=True)
class Said:
    """A set before it is stored."""

    model_id: str
    dataset_id: str
    method: str
    values: list[Column]
    """One column per output, or per class."""
    classes: Column | None = None
    labels: list[Column] | None = None
    outputs: list[Column] | None = None
    """Of a classifier with several outputs, the classes of each, in place of `classes`."""

    @property
    def n_rows(self) -> int:
        return length(self.values[0])


@dataclass(frozen=True, slots=True)
class Place:
    """Where sets and kept datasets lie: small ones in the object store, Parquet parts in a directory."""

    objects: ObjectStore
    directory: Path


def columns_of(value: Any) -> list[Column]:
    """The columns of an array, a series, a frame or a list, with objects narrowed to what they are.

    Raises InvalidInput for what is no table, NotCapturable for objects that cannot be made again from what is kept.
    """
    table = read_table(value)
    if table is None:
        raise InvalidInput(f"{type(value).__name__} holds no columns. Give an array, a series or a list.")
    found = columns.singles(table.pieces)
    return [_narrowed(found[position]) for position in range(len(table.labels))]


def said_by(
    model: Any, model_id: str, dataset_id: str, method: str, value: Any, labels: list[Column] | None = None
) -> Said:  # fmt: skip
    """What a method of a fitted model returned, as a set. A list of arrays has one per output.

    Raises what `columns_of` raises.
    """
    parts = value if is_per_output(value) else [value]
    found = [column for part in parts for column in columns_of(part)]
    classes, outputs = _classes_of(model)
    return Said(model_id, dataset_id, method, found, classes, labels, outputs)


def is_per_output(value: Any) -> bool:
    """True for what `predict_proba` of a classifier with several outputs returns: a list of two-dimensional arrays."""
    return isinstance(value, list) and bool(value) and all(getattr(part, "ndim", 0) == 2 for part in value)


def _classes_of(model: Any) -> tuple[Column | None, list[Column] | None]:
    """The classes a model knows, or those of each of its outputs."""
    classes = getattr(model, "classes_", None)
    if classes is None:
        return None, None
    if isinstance(classes, list) and all(getattr(part, "ndim", 0) == 1 for part in classes):
        return None, [columns_of(part)[0] for part in classes]
    if _is_multilabel(model):  # its classes are the outputs, each of which is there or not
        return None, [column_of([0, 1])] * len(classes)
    return columns_of(classes)[0], None


def _is_multilabel(model: Any) -> bool:
    """True for a classifier that was fitted on a matrix of zeros and ones, a column per label."""
    while True:
        inner = getattr(model, "best_estimator_", None)
        steps = getattr(model, "steps", None)
        if inner is None and isinstance(steps, list) and steps:
            inner = steps[-1][1]
        if inner is None:
            break
        model = inner
    binarizer = getattr(model, "_label_binarizer", None) or getattr(model, "label_binarizer_", None)
    return str(getattr(binarizer, "y_type_", "")).startswith("multilabel")


def set_id(model_id: str, dataset_id: str, method: str) -> str:
    """The id of a set: the same however often, and wherever, it is recorded."""
    return "s-" + keys.digest([model_id, dataset_id, method])[:16]


def length(column: Column) -> int:
    match column:
        case Fixed():
            return len(column.values)
        case Text():
            return len(column.lengths)
    return len(column.codes)


def write(place: Place, said: Said, rows: str | None = None) -> tuple[str, int]:
    """Store a set; the digest of its object and the bytes it takes, without what was stored already."""
    is_scores = said.method in SCORES
    grown = 0
    held: dict[str, Held] = {}
    for name, given in [("label", said.labels), ("score" if is_scores else "prediction", said.values)]:
        if given is not None:
            held[name], size = _hold(place, _names(name, len(given)), given, said.n_rows)
            grown += size
    body = msgspec.msgpack.encode(
        PredictionSet(
            format=FORMAT,
            model_id=said.model_id,
            dataset_id=said.dataset_id,
            method=said.method,
            n_rows=said.n_rows,
            classes=None if said.classes is None else columns.encode(said.classes),
            labels=held.get("label"),
            predictions=held.get("prediction"),
            scores=held.get("score"),
            rows=rows,
            outputs=None if said.outputs is None else [columns.encode(column) for column in said.outputs],
        )
    )
    return place.objects.put_bytes(body), grown + len(body)


def read(place: Place, digest: str) -> PredictionSet:
    """The set of this digest, without the parts it names."""
    try:
        found = msgspec.msgpack.decode(place.objects.get_bytes(digest), type=PredictionSet)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f'The prediction set {digest} cannot be read: {error}. See "modeldb fsck".') from error
    if found.format > FORMAT:
        raise StoreTooNew(
            f"The prediction set {digest} has format {found.format}; this ModelDB knows {FORMAT}. Upgrade ModelDB."
        )
    return found


def read_columns(place: Place, held: Held, rows: slice | None = None) -> list[pyarrow.Array]:
    """The columns, as Arrow, in order; of `rows` alone if given."""
    if held.part is None:
        arrays = [columns.to_arrow(columns.decode(data)) for data in held.inline]
        return arrays if rows is None else [array[rows] for array in arrays]
    table = parts.read(place.directory, held.part, rows)
    arrays = [table.column(name).combine_chunks() for name in held.names]
    return arrays if held.durations is None else _with_durations(arrays, held.durations)


def references(found: PredictionSet) -> tuple[list[str], list[str]]:
    """What a set needs to stay: objects, and Parquet parts."""
    held = [found.labels, found.predictions, found.scores]
    return [found.rows] if found.rows else [], [h.part for h in held if h is not None and h.part is not None]


def _hold(place: Place, names: list[str], given: list[Column], n_rows: int) -> tuple[Held, int]:
    if n_rows < INLINE_ROWS:
        encoded = [columns.encode(column) for column in given]
        return Held(names, encoded), 0
    import pyarrow as pa

    arrays = [_for_parquet(columns.to_arrow(column)) for column in given]
    digest, size = parts.write(place.directory, pa.table(arrays, names=names))
    units = [array.type.unit if pa.types.is_duration(array.type) else None for array in arrays]
    return Held(names, part=digest, durations=units if any(units) else None), size


def _with_durations(arrays: list[pyarrow.Array], units: list[str | None]) -> list[pyarrow.Array]:
    import pyarrow as pa

    return [array if unit is None else array.cast(pa.duration(unit)) for array, unit in zip(arrays, units, strict=True)]


def _for_parquet(array: pyarrow.Array) -> pyarrow.Array:
    """Types every reader of Parquet knows."""
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.string()) if pa.types.is_large_string(array.type) else array


def _names(name: str, count: int) -> list[str]:
    return [name] if count == 1 and name != "score" else [f"{name}_{i}" for i in range(count)]


def _narrowed(column: Column) -> Column:
    """Numbers and texts that lay in an array of objects, as what they are."""
    if not isinstance(column, Text) or column.dtype != "object" or column.weak:
        return column
    from modeldb.examples.objects import value

    return column_of([None if cell is None else value(cell) for cell in columns.texts(column)])
