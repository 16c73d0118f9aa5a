"""Trees taken apart into the columns that `trees` puts together again.

The columns of many groups are worked out at once, put together again and compared with what was given, bit for bit,
before any of them is written.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from modeldb.objects.codecs import grouping
from modeldb.objects.codecs.numbers import impurity
from modeldb.objects.codecs.plain import compress
from modeldb.objects.codecs.shape import SAMPLE, Shape, preorder, row_sums
from modeldb.objects.codecs.streams import Array, Writer, distinct
from modeldb.objects.codecs.trees import (
    BATCH,
    COUNTS,
    ENTROPY_IMPURITY,
    FRACTIONS,
    FROM_COUNTS,
    GINI_IMPURITY,
    GIVEN,
    GIVEN_IMPURITY,
    IMPURITIES,
    MEANS,
    NODE,
    PLAIN,
    RANKS,
    SAME,
    SUMS,
    TABLE,
    VARIANCE,
    Columns,
    Modes,
    rebuilt,
)

LARGE = 1_000
"""Trees of regression with so many nodes, and one value in each, are left to zstd. Hardly anything repeats in them:
columns are less than three times as short, and four times as slow to read."""

WORDS = NODE.itemsize // 8
"""64-bit words in a node."""


@dataclass(frozen=True, slots=True)
class Group:
    """The trees of one part."""

    sizes: Array
    nodes: list[memoryview]
    """Of each tree."""
    values: list[memoryview]
    total: int
    """How many nodes there are."""
    width: int
    """Values per node."""


def encode_many(groups: Sequence[bytes]) -> list[bytes | None]:
    """Groups of trees as columns; None for those that are better kept otherwise, or would not come back exactly."""
    encoded: list[bytes | None] = [None] * len(groups)
    waiting: dict[int, list[tuple[int, Group]]] = {}
    with np.errstate(all="ignore"):
        for number, data in enumerate(groups):
            group = _parse(data)
            if group is None or _is_better_plain(group):
                continue
            batch = waiting.setdefault(group.width, [])
            batch.append((number, group))
            if sum(group.total for _, group in batch) >= BATCH:
                _encode_batch(waiting.pop(group.width), encoded)
        for batch in waiting.values():
            _encode_batch(batch, encoded)
    return encoded


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
    return Group(sizes, buffers[::2], buffers[1::2], total, width)


def _is_better_plain(group: Group) -> bool:
    """True for large trees with a mean in each node, and not counts or shares of classes."""
    if group.total < LARGE * len(group.sizes) or group.width > 1:
        return False
    values = np.frombuffer(group.values[0], np.float64)[:256]
    weighted = np.frombuffer(group.nodes[0], np.float64).reshape(-1, WORDS)[:256, 6]
    return not ((np.rint(values * weighted) / weighted == values).all() or (np.rint(values) == values).all())


def _encode_batch(batch: Sequence[tuple[int, Group]], encoded: list[bytes | None]) -> None:
    """Work out the columns of all groups at once, then write them group by group."""
    groups = [group for _, group in batch]
    sizes = np.concatenate([group.sizes for group in groups])
    words = np.frombuffer(b"".join([tree for group in groups for tree in group.nodes]), np.int64).reshape(-1, WORDS)
    values = np.frombuffer(b"".join([tree for group in groups for tree in group.values]), np.float64)
    values = values.reshape(-1, groups[0].width)
    found = _columns(sizes, words.view(NODE)[:, 0], values)
    if found is None:
        if len(batch) > 1:  # one odd tree must not cost the others
            for one in batch:
                _encode_batch([one], encoded)
        return
    modes, columns, shape = found
    exact = _comes_back(modes, columns, shape, words, values)
    start = start_tree = 0
    for number, group in batch:
        end, end_tree = start + group.total, start_tree + len(group.sizes)
        if exact[start:end].all():
            first, last = np.searchsorted(shape.inner, (start, end)).tolist()
            places = {
                TREE: slice(start_tree, end_tree),
                ALL: slice(start, end),
                INNER: slice(first, last),
                LEAF: slice(start - first, end - last),
            }
            encoded[number] = _written(modes, columns, places)
        start, start_tree = end, end_tree


def _comes_back(modes: Modes, columns: Columns, shape: Shape, words: Array, values: Array) -> Array:
    """Which nodes are, rebuilt from the columns, bit for bit what they were."""
    rows, told = rebuilt(modes, columns, shape)
    same: Array = (rows == words).all(1)
    same &= (told.view(np.int64) == values.view(np.int64)).all(1)
    return same


_compressed = functools.partial(compress, level=1)
"""Columns of a few hundred bytes gain less than a hundredth from more effort."""

TREE, ALL, INNER, LEAF = "tree", "all", "inner", "leaf"
"""What the entries of a column belong to."""


def _written(modes: Modes, columns: Columns, places: dict[str, slice]) -> bytes:
    """The stream of one group, which lies at `places` in the columns; `trees._read` reads it."""
    out, numbers = Writer(_compressed), columns.numbers

    def integers(name: str, of: str) -> None:
        column = numbers[name][places[of]]
        for part in column.T if column.ndim == 2 else [column]:
            out.integers(part)

    def tables(name: str, of: str) -> None:
        column = numbers[name][places[of]]
        for part in column.T if column.ndim == 2 else [column]:
            out.table(np.ascontiguousarray(part))

    out.integers(columns.sizes[places[TREE]])
    for mode in (modes.width, modes.permuted, modes.values, modes.weights, modes.samples, modes.impurity):
        out.number(mode)
    if modes.permuted:
        integers("permutation", ALL)
    out.bits(columns.leaf[places[ALL]])
    _write_thresholds(out, columns.feature[places[INNER]], columns.threshold[places[INNER]])
    out.bits(columns.missing[places[INNER]])
    out.bits(columns.leaf_missing[places[LEAF]])
    if modes.values in (FRACTIONS, COUNTS):
        integers("counts", LEAF)
    if modes.weights == SUMS:
        integers("weights", LEAF)
    elif modes.weights == GIVEN:
        tables("weights", ALL)
    if modes.samples in (SUMS, GIVEN):
        integers("samples", LEAF if modes.samples == SUMS else ALL)
    if modes.values == MEANS:
        tables("leaf values", LEAF)
        integers("value distances", INNER)
    elif modes.values == PLAIN:
        tables("values", ALL)
    if modes.impurity == GIVEN_IMPURITY:
        tables("impurity", ALL)
    elif modes.impurity == VARIANCE:
        tables("leaf impurity", LEAF)
        integers("impurity distances", INNER)
    else:
        integers("impurity distances", ALL)
    return bytes(out.out)


def _columns(sizes: Array, nodes: Array, values: Array) -> tuple[Modes, Columns, Shape] | None:
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
    if counts is not None and (row_sums(counts) == weighted).all():
        weight_mode = FROM_COUNTS
    else:
        weight_mode = SUMS if shape.adds_up(weighted) else GIVEN
    sample_mode = SAME if (samples == weighted).all() else SUMS if shape.adds_up(samples) else GIVEN
    impurity_mode = _impurity_mode(given, counts, weight_mode, value_mode)
    modes = Modes(values.shape[1], int(permutation is not None), value_mode, weight_mode, sample_mode, impurity_mode)
    missing = nodes["missing_go_to_left"]
    larger_left = samples[inner + 1] > samples[shape.right[inner]]
    numbers: dict[str, Array] = {}
    columns = Columns(
        sizes, leaf, nodes["feature"][inner], nodes["threshold"][inner], missing[inner] != larger_left,
        missing[leaf] != 0, numbers,
    )  # fmt: skip
    if permutation is not None:
        numbers["permutation"] = permutation - starts
    if counts is not None:
        numbers["counts"] = counts[leaf].astype(np.int64)
    if weight_mode == SUMS:
        numbers["weights"] = weighted[leaf].astype(np.int64)
    elif weight_mode == GIVEN:
        numbers["weights"] = weighted
    if sample_mode == SUMS:
        of_leaves = samples[leaf]
        numbers["samples"] = of_leaves if weight_mode == GIVEN else weighted[leaf].astype(np.int64) - of_leaves
    elif sample_mode == GIVEN:
        numbers["samples"] = samples
    if value_mode == MEANS:
        numbers["leaf values"] = values[leaf]
        numbers["value distances"] = _distance(values[inner], shape.means(values, weighted))
    elif value_mode == PLAIN:
        numbers["values"] = values
    if impurity_mode == GIVEN_IMPURITY:
        numbers["impurity"] = given
    elif impurity_mode == VARIANCE:
        numbers["leaf impurity"] = given[leaf]
        numbers["impurity distances"] = _distance(given[inner], shape.variances(given, values, weighted))
    else:
        assert counts is not None
        numbers["impurity distances"] = _distance(given, impurity(IMPURITIES[impurity_mode], counts, weighted))
    return modes, columns, shape


def _value_mode(values: Array, weighted: Array, shape: Shape) -> tuple[int, Array | None]:
    some = slice(0, SAMPLE)
    counts = np.rint(values[some] * weighted[some, None])
    if (counts / weighted[some, None] == values[some]).all():
        counts = values * weighted[:, None]
        np.rint(counts, out=counts)
        if shape.adds_up(counts):
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
            told = impurity(IMPURITIES[mode], counts[sample], counts[sample].sum(1))
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


def _ranks(feature: Array, threshold: Array) -> tuple[Array, Array, Array] | None:
    """Thresholds as their rank among those of their feature, when they repeat: features, thresholds, ranks."""
    bits = threshold.view(np.uint64)
    if len(feature) < 64 or distinct(bits) > len(feature) // 2:
        return None
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
