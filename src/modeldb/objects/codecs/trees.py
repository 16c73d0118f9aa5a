"""Decision trees as columns of what cannot be worked out from the rest.

A scikit-learn tree spends 64 bytes and a row of values on every node. In a tree written depth first the children's
numbers follow from which nodes are leaves; sample counts and class counts of a node are the sums over its leaves;
Gini and entropy follow from the counts; the mean and the variance of a node follow nearly from its children's. So
only leaves, features, thresholds and leaf counts are kept, and where rounding makes a prediction miss, the distance
in units of the last place. Nothing but +, -, *, / and exact scaling is used, which every machine rounds alike.

Many parts are decoded at once: a forest is thousands of small columns, and numpy wants few large ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from modeldb.objects.codecs import grouping
from modeldb.objects.codecs.numbers import ENTROPY, GINI, impurity
from modeldb.objects.codecs.shape import Shape, preorder, row_sums
from modeldb.objects.codecs.streams import Array, Reader, Writer

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


@dataclass(frozen=True, slots=True)
class Group:
    """The trees of one part."""

    sizes: Array
    nodes: Array
    values: Array
    """(nodes, width)"""


def encode_many(groups: Sequence[bytes]) -> list[bytes | None]:
    """Groups of trees as columns; None for those that are trees of another kind, or would not come back exactly."""
    encoded: list[bytes | None] = [None] * len(groups)
    waiting: dict[int, list[tuple[int, Group]]] = {}
    with np.errstate(all="ignore"):
        for number, data in enumerate(groups):
            group = _parse(data)
            if group is None:
                continue
            batch = waiting.setdefault(group.values.shape[1], [])
            batch.append((number, group))
            if sum(len(group.nodes) for _, group in batch) >= BATCH:
                _encode_batch(waiting.pop(group.values.shape[1]), encoded)
        for batch in waiting.values():
            _encode_batch(batch, encoded)
    _drop_inexact(groups, encoded)
    return encoded


def _drop_inexact(groups: Sequence[bytes], encoded: list[bytes | None]) -> None:
    made = [(number, data) for number, data in enumerate(encoded) if data is not None]
    decoded = decode_many([data for _, data in made], [len(groups[number]) for number, _ in made])
    for (number, _), pieces in zip(made, decoded, strict=True):
        if b"".join(pieces) != groups[number]:
            encoded[number] = None


def _parse(data: bytes) -> Group | None:
    buffers = grouping.split(data)
    if len(buffers) % 2 or any(len(nodes) % NODE.itemsize for nodes in buffers[::2]):
        return None
    sizes = np.array([len(nodes) // NODE.itemsize for nodes in buffers[::2]])
    lengths = np.array([len(values) for values in buffers[1::2]])
    total = int(sizes.sum())
    width = int(lengths.sum()) // 8 // max(total, 1)
    if not total or not width or (sizes == 0).any() or (lengths != sizes * width * 8).any():
        return None
    values = np.frombuffer(b"".join(buffers[1::2]), np.float64).reshape(total, width)
    return Group(sizes, np.frombuffer(b"".join(buffers[::2]), NODE), values)


def _encode_batch(batch: Sequence[tuple[int, Group]], encoded: list[bytes | None]) -> None:
    """Work out the columns of all groups at once, then write them group by group."""
    sizes, nodes, values = (
        np.concatenate([getattr(group, name) for _, group in batch]) for name in ("sizes", "nodes", "values")
    )
    columns = _columns(sizes, nodes, values)
    if columns is None:
        if len(batch) > 1:  # one odd tree must not cost the others
            for one in batch:
                _encode_batch([one], encoded)
        return
    modes, inner, parts = columns
    start = start_tree = 0
    for number, group in batch:
        end, end_tree = start + len(group.nodes), start_tree + len(group.sizes)
        first, last = np.searchsorted(inner, (start, end)).tolist()
        places = {
            TREE: slice(start_tree, end_tree),
            ALL: slice(start, end),
            INNER: slice(first, last),
            LEAF: slice(start - first, end - last),
        }
        encoded[number] = _written(modes, places, parts)
        start, start_tree = end, end_tree


TREE, ALL, INNER, LEAF = "tree", "all", "inner", "leaf"
_Parts = list[tuple[str, str, Array]]
"""How a column is written, what its entries belong to, and the column."""


def _written(modes: Modes, places: dict[str, slice], parts: _Parts) -> bytes:
    out = Writer()
    for way, of, column in parts:
        mine = column[places[of]]
        if way == "modes":
            out.integers(mine)
            for mode in dataclasses.astuple(modes):
                out.number(mode)
        elif way == "bits":
            out.bits(mine)
        elif way == "integers":
            out.integers(mine)
        elif way == "thresholds":
            _write_thresholds(out, mine["feature"], np.ascontiguousarray(mine["threshold"]))
        else:
            out.table(np.ascontiguousarray(mine))
    return bytes(out.out)


def _columns(sizes: Array, nodes: Array, values: Array) -> tuple[Modes, Array, _Parts] | None:
    leaf = nodes["left_child"] == -1
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    permutation = None
    shape = Shape.of(leaf, sizes)
    if shape is None or not shape.numbers_are(nodes["left_child"], nodes["right_child"], starts):
        permutation = preorder(sizes, nodes["left_child"], nodes["right_child"])
        if permutation is None:
            return None
        nodes, values, leaf = nodes[permutation], values[permutation], leaf[permutation]
        shape = Shape.of(leaf, sizes)
        if shape is None:
            return None
    inner, samples = shape.inner, nodes["n_node_samples"]
    weighted, given = np.ascontiguousarray(nodes["weighted_n_node_samples"]), np.ascontiguousarray(nodes["impurity"])
    value_mode, counts = _value_mode(values, weighted, shape)
    if counts is not None and (counts.sum(1) == weighted).all():
        weight_mode = FROM_COUNTS
    else:
        weight_mode = SUMS if shape.adds_up(weighted) else GIVEN
    sample_mode = SAME if (samples == weighted).all() else SUMS if shape.adds_up(samples) else GIVEN
    impurity_mode = _impurity_mode(given, counts, weight_mode, value_mode)
    modes = Modes(values.shape[1], int(permutation is not None), value_mode, weight_mode, sample_mode, impurity_mode)
    parts: _Parts = [("modes", TREE, sizes)]
    if permutation is not None:
        parts.append(("integers", ALL, permutation - starts))
    missing = nodes["missing_go_to_left"]
    larger_left = samples[inner + 1] > samples[shape.right[inner]]
    parts += [
        ("bits", ALL, leaf),
        ("thresholds", INNER, nodes[["feature", "threshold"]][inner]),
        ("bits", INNER, missing[inner] != larger_left),
        ("bits", LEAF, missing[leaf]),
    ]
    if counts is not None:
        parts += [("integers", LEAF, column) for column in counts[leaf].astype(np.int64).T]
    if weight_mode == SUMS:
        parts.append(("integers", LEAF, weighted[leaf].astype(np.int64)))
    elif weight_mode == GIVEN:
        parts.append(("table", ALL, weighted))
    if sample_mode == SUMS:
        of_leaves = samples[leaf]
        if weight_mode != GIVEN:
            of_leaves = weighted[leaf].astype(np.int64) - of_leaves
        parts.append(("integers", LEAF, of_leaves))
    elif sample_mode == GIVEN:
        parts.append(("integers", ALL, samples))
    if value_mode == MEANS:
        parts += [("table", LEAF, column) for column in values[leaf].T]
        distances = _distance(values[inner], shape.means(values, weighted))
        parts += [("integers", INNER, column) for column in distances.T]
    elif value_mode == PLAIN:
        parts += [("table", ALL, column) for column in values.T]
    if impurity_mode == GIVEN_IMPURITY:
        parts.append(("table", ALL, given))
    elif impurity_mode == VARIANCE:
        parts.append(("table", LEAF, given[leaf]))
        parts.append(("integers", INNER, _distance(given[inner], shape.variances(given, values, weighted))))
    else:
        assert counts is not None
        told = impurity(_IMPURITIES[impurity_mode], counts, weighted)
        parts.append(("integers", ALL, _distance(given, told)))
    return modes, inner, parts


_IMPURITIES = {GINI_IMPURITY: GINI, ENTROPY_IMPURITY: ENTROPY}


def _value_mode(values: Array, weighted: Array, shape: Shape) -> tuple[int, Array | None]:
    counts = np.rint(values * weighted[:, None])
    if (counts / weighted[:, None] == values).all() and shape.adds_up(counts):
        return FRACTIONS, counts
    if shape.adds_up(values):
        return COUNTS, values
    if values.shape[1] > 8 or not len(shape.inner):
        return PLAIN, None
    distance = np.abs(_distance(values[shape.inner], shape.means(values, weighted)))
    return (MEANS if np.median(distance) < 1 << 24 else PLAIN), None


def _impurity_mode(given: Array, counts: Array | None, weight_mode: int, value_mode: int) -> int:
    if counts is None:
        return VARIANCE if value_mode == MEANS else GIVEN_IMPURITY
    sample = np.flatnonzero(given)[:512]
    if weight_mode == FROM_COUNTS:
        for mode in (GINI_IMPURITY, ENTROPY_IMPURITY):
            told = impurity(_IMPURITIES[mode], counts[sample], counts[sample].sum(1))
            if not len(sample) or np.median(np.abs(_distance(given[sample], told))) < 64:
                return mode
    return GIVEN_IMPURITY


def _write_thresholds(out: Writer, feature: Array, threshold: Array) -> None:
    """Features and thresholds; thresholds by their rank among those of their feature, when they repeat."""
    out.integers(feature)
    ranks = _ranks(feature, threshold)
    if ranks is None:
        out.number(TABLE)
        out.table(threshold)
        return
    known_features, known, codes = ranks
    out.number(RANKS)
    out.integers(known_features)
    out.floats(known)
    out.integers(codes)


def _read_thresholds(stream: Reader) -> tuple[Array, Array]:
    feature = stream.integers()
    if stream.number() == TABLE:
        return feature, stream.table()
    known_features, known, codes = stream.integers(), stream.floats(), stream.integers()
    first = np.zeros(int(feature.max(initial=0)) + 2, np.int64)
    np.cumsum(np.bincount(known_features, minlength=len(first) - 1), out=first[1:])
    return feature, known[first[feature] + codes]


def _ranks(feature: Array, threshold: Array) -> tuple[Array, Array, Array] | None:
    """Thresholds as their rank among those of their feature, when they repeat: features, thresholds, ranks."""
    if len(feature) < 64:
        return None
    bits = threshold.view(np.uint64)
    order = np.lexsort((bits, feature))
    sorted_feature, sorted_bits = feature[order], bits[order]
    new = np.ones(len(order), np.bool_)
    new[1:] = (sorted_feature[1:] != sorted_feature[:-1]) | (sorted_bits[1:] != sorted_bits[:-1])
    n_known = int(new.sum())
    if n_known > len(order) // 2 or len(np.unique(sorted_bits)) <= 256:
        return None
    known_features, known = sorted_feature[new], sorted_bits[new].view(np.float64)
    first = np.searchsorted(known_features, sorted_feature)
    codes = np.empty(len(order), np.int64)
    codes[order] = np.cumsum(new) - 1 - first
    return known_features, known, codes


def _distance(actual: Array, told: Array) -> Array:
    """How far apart floats are in units of the last place."""
    return np.ascontiguousarray(actual).view(np.int64) - np.ascontiguousarray(told).view(np.int64)


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
        nodes, values = _rebuild(modes, joined)
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


def _rebuild(modes: Modes, columns: Columns) -> tuple[Array, Array]:
    """The nodes as rows of eight 64-bit words, and the values."""
    shape = Shape.of(columns.leaf, columns.sizes)
    if shape is None:
        raise ValueError("leaves and inner nodes do not make trees")
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
        told = impurity(_IMPURITIES[modes.impurity], counts, weighted)
        np.add(told.view(np.int64), numbers["impurity distances"], out=words[4])
    rows = np.empty((total, 8), np.int64)
    if modes.permuted:
        permuted = np.empty_like(values)
        rows[place], permuted[place] = words.T, values
        return rows, permuted
    rows[:] = words.T
    return rows, values
