"""Decision trees as columns of what cannot be worked out from the rest.

A scikit-learn tree spends 64 bytes and a row of values on every node. In a tree written depth first the children's
numbers follow from which nodes are leaves; sample counts and class counts of a node are the sums over its leaves;
Gini and entropy follow from the counts; the mean and the variance of a node follow nearly from its children's. So
only leaves, features, thresholds and leaf counts are kept, and where rounding makes a prediction miss, the distance
in units of the last place. Nothing but +, -, *, / and exact scaling is used, which every machine rounds alike.

Many parts are decoded at once: a forest is thousands of small columns, and numpy wants few large ones. Here is what
the columns are and how trees are made of them; `tree_columns` makes columns of trees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from modeldb.objects.codecs import grouping
from modeldb.objects.codecs.numbers import ENTROPY, GINI, impurity
from modeldb.objects.codecs.shape import Shape, row_sums
from modeldb.objects.codecs.streams import Array, Reader

NODE = np.dtype(
    {
        "names": [
            "left_child", "right_child", "feature", "threshold", "impurity", "n_node_samples",
            "weighted_n_node_samples", "missing_go_to_left",
        ],
        "formats": ["<i8", "<i8", "<i8", "<f8", "<f8", "<i8", "<f8", "u1"],
        "offsets": [0, 8, 16, 24, 32, 40, 48, 56],
        "itemsize": 64,
    }
)  # fmt: skip
"""The node of scikit-learn 1.3 and later."""

BATCH = 1 << 17
"""Nodes decoded at a time: enough to hide the cost of a numpy call, few enough to stay in the cache."""

FRACTIONS, COUNTS, MEANS, PLAIN = range(4)
FROM_COUNTS, SUMS, GIVEN, SAME = range(4)
GIVEN_IMPURITY, GINI_IMPURITY, ENTROPY_IMPURITY, VARIANCE = range(4)
TABLE, RANKS = range(2)


@dataclass(frozen=True, slots=True)
class Modes:
    """How each column of a part is written."""

    width: int
    """Values per node."""
    permuted: int
    values: int
    weights: int
    samples: int
    impurity: int


@dataclass
class Columns:
    """The columns of one part, or of several of equal modes joined."""

    sizes: Array
    leaf: Array
    feature: Array
    threshold: Array
    missing: Array
    """Whether missing values go left unlike the larger side would say, of inner nodes."""
    leaf_missing: Array
    numbers: dict[str, Array] = field(default_factory=dict)
    """The columns that depend on the modes."""


IMPURITIES = {GINI_IMPURITY: GINI, ENTROPY_IMPURITY: ENTROPY}


def _read_thresholds(stream: Reader) -> tuple[Array, Array]:
    feature = stream.integers()
    if stream.number() == TABLE:
        return feature, stream.table()
    known_features, known, codes = stream.integers(), stream.floats(), stream.integers()
    first = np.zeros(int(feature.max(initial=0)) + 2, np.int64)
    np.cumsum(np.bincount(known_features, minlength=len(first) - 1), out=first[1:])
    return feature, known[first[feature] + codes]


def decode(data: bytes, raw: int) -> bytes:
    """The canonical bytes of one group."""
    return b"".join(decode_many([data], [raw])[0])


def decode_many(stored: Sequence[bytes], raws: Sequence[int]) -> list[list[bytes | memoryview]]:
    """The canonical bytes of many groups, each in pieces: its head, then nodes and values of every tree."""
    done: list[list[bytes | memoryview]] = [[] for _ in stored]
    waiting: dict[Modes, list[tuple[int, Columns]]] = {}
    for number, (data, raw) in enumerate(zip(stored, raws, strict=True)):
        modes, columns = _read(data, raw)
        batch = waiting.setdefault(modes, [])
        batch.append((number, columns))
        if sum(len(columns.leaf) for _, columns in batch) >= BATCH:
            _finish(modes, waiting.pop(modes), done)
    for modes, batch in waiting.items():
        _finish(modes, batch, done)
    return done


def _read(data: bytes, raw: int) -> tuple[Modes, Columns]:
    stream = Reader(data, raw)
    sizes = stream.integers().astype(np.int64)
    total = int(sizes.sum())
    if total * NODE.itemsize > raw:
        raise ValueError(f"{total} nodes do not fit into {raw} bytes")
    modes = Modes(*[stream.number() for _ in range(6)])
    if total * (NODE.itemsize + 8 * modes.width) > raw:
        raise ValueError(f"{total} nodes of {modes.width} values do not fit into {raw} bytes")
    numbers: dict[str, Array] = {}
    if modes.permuted:
        numbers["permutation"] = stream.integers()
    leaf = stream.bits(total)
    n_inner = total - int(np.count_nonzero(leaf))
    feature, threshold = _read_thresholds(stream)
    columns = Columns(sizes, leaf, feature, threshold, stream.bits(n_inner), stream.bits(total - n_inner), numbers)
    if modes.values in (FRACTIONS, COUNTS):
        numbers["counts"] = np.stack([stream.integers() for _ in range(modes.width)], 1)
    if modes.weights in (SUMS, GIVEN):
        numbers["weights"] = stream.integers() if modes.weights == SUMS else stream.table()
    if modes.samples in (SUMS, GIVEN):
        numbers["samples"] = stream.integers()
    if modes.values == MEANS:
        numbers["leaf values"] = np.stack([stream.table() for _ in range(modes.width)], 1)
        numbers["value distances"] = np.stack([stream.integers() for _ in range(modes.width)], 1)
    elif modes.values == PLAIN:
        numbers["values"] = np.stack([stream.table() for _ in range(modes.width)], 1)
    if modes.impurity == GIVEN_IMPURITY:
        numbers["impurity"] = stream.table()
    elif modes.impurity == VARIANCE:
        numbers["leaf impurity"] = stream.table()
    if modes.impurity != GIVEN_IMPURITY:
        numbers["impurity distances"] = stream.integers()
    if not stream.at_end:
        raise ValueError("trees are followed by more bytes")
    return modes, columns


def _join(batch: Sequence[tuple[int, Columns]]) -> Columns:
    if len(batch) == 1:
        return batch[0][1]
    each = [columns for _, columns in batch]
    return Columns(
        *[np.concatenate([getattr(columns, name) for columns in each])
          for name in ("sizes", "leaf", "feature", "threshold", "missing", "leaf_missing")],
        {name: np.concatenate([columns.numbers[name] for columns in each]) for name in each[0].numbers},
    )  # fmt: skip


def _finish(modes: Modes, batch: list[tuple[int, Columns]], done: list[list[bytes | memoryview]]) -> None:
    joined = _join(batch)
    with np.errstate(all="ignore"):
        shape = Shape.of(joined.leaf, joined.sizes)
        if shape is None:
            raise ValueError("leaves and inner nodes do not make trees")
        nodes, values = rebuilt(modes, joined, shape)
    node_bytes = memoryview(nodes).cast("B")
    value_bytes = memoryview(values).cast("B")
    place = 0
    for number, columns in batch:
        pieces: list[bytes | memoryview] = []
        for size in columns.sizes.tolist():
            end = place + size
            pieces.append(node_bytes[place * NODE.itemsize : end * NODE.itemsize])
            pieces.append(value_bytes[place * 8 * modes.width : end * 8 * modes.width])
            place = end
        done[number] = [grouping.head([len(piece) for piece in pieces]), *pieces]


def rebuilt(modes: Modes, columns: Columns, shape: Shape) -> tuple[Array, Array]:
    """The nodes as rows of eight 64-bit words, and the values."""
    numbers, leaf, inner, right = columns.numbers, columns.leaf, shape.inner, shape.right
    total = len(leaf)
    starts = np.repeat(np.cumsum(columns.sizes) - columns.sizes, columns.sizes)
    # column by column, and into rows at the end: scattered writes into rows would touch a cache line each
    words = np.empty((8, total), np.int64)
    reals = words.view(np.float64)
    left = np.arange(1, total + 1)
    if modes.permuted:
        place = numbers["permutation"] + starts
        left[:-1] = place[left[:-1]]
        right = place[right]
    words[0] = np.where(leaf, -1, left - starts)
    words[1] = np.where(leaf, -1, right - starts)
    words[2] = -2
    words[2][inner] = columns.feature
    reals[3] = -2.0
    reals[3][inner] = columns.threshold
    weighted, samples, given = reals[6], words[5], reals[4]
    counts: Array | None = None
    if "counts" in numbers:
        counts = shape.sums(numbers["counts"])
    if modes.weights == FROM_COUNTS:
        assert counts is not None
        weighted[:] = row_sums(counts)
    elif modes.weights == SUMS:
        weighted[:] = shape.sums(numbers["weights"])
    else:
        weighted[:] = numbers["weights"]
    if modes.samples == SAME:
        samples[:] = weighted
    elif modes.samples == GIVEN:
        samples[:] = numbers["samples"]
    else:
        samples[:] = shape.sums(numbers["samples"])
        if modes.weights != GIVEN:
            np.subtract(weighted, samples, out=samples, casting="unsafe")
    words[7] = 0
    words[7][inner] = columns.missing != (samples[inner + 1] > samples[shape.right[inner]])
    if columns.leaf_missing.any():
        words[7][leaf] = columns.leaf_missing
    values = np.empty((total, modes.width), np.float64)
    levels = shape.levels() if modes.values == MEANS or modes.impurity == VARIANCE else []
    if modes.values == FRACTIONS:
        assert counts is not None
        np.divide(counts, weighted[:, None], out=values)
    elif modes.values == COUNTS:
        assert counts is not None
        values[:] = counts
    elif modes.values == PLAIN:
        values[:] = numbers["values"]
    else:
        values[leaf] = numbers["leaf values"]
        shape.fill_means(values, weighted, numbers["value distances"], levels)
    if modes.impurity == GIVEN_IMPURITY:
        given[:] = numbers["impurity"]
    elif modes.impurity == VARIANCE:
        given[leaf] = numbers["leaf impurity"]
        shape.fill_variances(given, values, weighted, numbers["impurity distances"], levels)
    else:
        assert counts is not None
        told = impurity(IMPURITIES[modes.impurity], counts, weighted)
        np.add(told.view(np.int64), numbers["impurity distances"], out=words[4])
    rows = np.empty((total, 8), np.int64)
    if modes.permuted:
        permuted = np.empty_like(values)
        rows[place], permuted[place] = words.T, values
        return rows, permuted
    rows[:] = words.T
    return rows, values
