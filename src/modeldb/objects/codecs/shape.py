"""The shape of binary trees written depth first: what follows from knowing which nodes are leaves.

Before each node, count the places still open: one at a root, one more after an inner node, one less after a leaf.
The right child of a node is the next one before which as many places are open; and everything from a node to the
next leaf in that chain is its subtree. A stable sort by open places therefore finds all right children and all
ends of subtrees at once, for any number of trees in a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

SAMPLE = 4_096
"""Nodes by which it is decided how to write a column; that all of them come back is seen in the end."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Trees one after another, each in preorder."""

    leaf: Array
    """Which nodes are leaves."""
    inner: Array
    """The others' numbers, ascending."""
    right: Array
    """Right child of each node, -1 for leaves; the left child is the node after it."""
    first_leaf: Array
    """For each node, how many leaves come before its subtree."""
    end_leaf: Array
    """For each node, how many leaves come before the end of its subtree."""

    @staticmethod
    def of(leaf: Array, sizes: Array) -> Shape | None:
        """The shape, or None when these leaves do not make trees of these sizes."""
        total = len(leaf)
        step = np.where(leaf, np.int32(-1), np.int32(1))
        after = np.cumsum(step, dtype=np.int32)
        ends = np.cumsum(sizes)
        if total == 0 or int(ends[-1]) != total or (sizes <= 0).any():
            return None
        if (after[ends - 1] != -np.arange(1, len(sizes) + 1)).any():
            return None
        if (np.minimum.accumulate(after)[ends[:-1] - 1] != after[ends[:-1] - 1]).any():
            return None
        open_places = after - step
        open_places += np.repeat(np.arange(1, len(sizes) + 1, dtype=np.int32), sizes)
        if int(open_places.min()) < 1:
            return None
        if int(open_places.max()) < 1 << 15:
            open_places = open_places.astype(np.int16)  # numpy sorts these by radix
        order = np.argsort(open_places, kind="stable")
        leaf_sorted = leaf[order]
        at = np.flatnonzero(~leaf_sorted)
        nodes = order[at]
        right = np.full(total, -1)
        right[nodes] = order[at + 1]
        first_leaf = np.cumsum(leaf, dtype=np.int32)
        end_leaf = first_leaf.copy()
        first_leaf -= leaf
        chains_end = order[leaf_sorted]
        end_leaf[nodes] = end_leaf[chains_end[np.cumsum(leaf_sorted, dtype=np.int32)[at]]]
        return Shape(leaf, np.flatnonzero(~leaf), right, first_leaf, end_leaf)

    def numbers_are(self, left: Array, right: Array, starts: Array) -> bool:
        """True if these are the children's numbers, counted from each tree's first node."""
        relative = starts[self.inner]
        return bool(
            (left[self.inner] == self.inner + 1 - relative).all()
            and (right == np.where(self.leaf, -1, self.right - starts)).all()
        )

    def sums(self, of_leaves: Array) -> Array:
        """For every node the sum of integers over the leaves of its subtree."""
        wide = np.int32 if int(of_leaves.max(initial=0)) * max(len(of_leaves), 1) < 1 << 31 else np.int64
        running = np.zeros((len(of_leaves) + 1, *of_leaves.shape[1:]), wide)
        np.cumsum(of_leaves, axis=0, dtype=wide, out=running[1:])
        result = np.take(running, self.end_leaf, axis=0)
        result -= np.take(running, self.first_leaf, axis=0)
        return result

    def adds_up(self, values: Array) -> bool:
        """True if inner nodes' values are sums of their children's, as far as a sample tells; leaves' have to be
        integers from 0 to 2^40."""
        of_leaves = values[self.leaf]
        if not ((of_leaves >= 0) & (of_leaves < 1 << 40)).all():
            return False
        whole = of_leaves.astype(np.int64)
        if (whole != of_leaves).any() or (values.dtype.kind == "f" and np.signbit(of_leaves).any()):
            return False
        some = self.inner[:SAMPLE]
        return bool((values[some + 1] + values[self.right[some]] == values[some]).all())

    def levels(self) -> list[Array]:
        """Positions in `inner` by depth, the deepest first."""
        if not len(self.inner):
            return []
        total = len(self.leaf)
        before = np.zeros(total + 1, np.int32)
        before[self.inner + 1] = 1
        ends = np.flatnonzero(self.leaf)[self.end_leaf[self.inner] - 1] + 1
        depth = np.cumsum(before - np.bincount(ends, minlength=total + 1))[self.inner]
        if int(depth.max()) < 1 << 15:
            depth = depth.astype(np.int16)
        order = np.argsort(depth, kind="stable")
        return np.split(order, np.cumsum(np.bincount(depth))[:-1])[::-1]

    def means(self, values: Array, weighted: Array) -> Array:
        """What the inner nodes' means would be from their children's: (inner, width)."""
        return _means(values, weighted, self.inner, self.right[self.inner])

    def fill_means(self, values: Array, weighted: Array, distances: Array, levels: list[Array]) -> None:
        """Inner nodes' means from the leaves' and the distances, from the deepest nodes up."""
        for level in levels:
            node = self.inner[level]
            told = _means(values, weighted, node, self.right[node])
            values[node] = (told.view(np.int64) + distances[level]).view(np.float64)

    def variances(self, given: Array, values: Array, weighted: Array) -> Array:
        """What the inner nodes' variances would be from their children's."""
        left, right = self.inner + 1, self.right[self.inner]
        share_left, share_right, between = self._spread(values, weighted, left, right)
        return given[left] * share_left + given[right] * share_right + between

    def fill_variances(
        self, given: Array, values: Array, weighted: Array, distances: Array, levels: list[Array]
    ) -> None:
        """Inner nodes' variances from the leaves' and the distances, from the deepest nodes up."""
        left, right = self.inner + 1, self.right[self.inner]
        share_left, share_right, between = self._spread(values, weighted, left, right)
        for level in levels:
            told = given[left[level]] * share_left[level] + given[right[level]] * share_right[level]
            told += between[level]
            given[self.inner[level]] = (told.view(np.int64) + distances[level]).view(np.float64)

    def _spread(self, values: Array, weighted: Array, left: Array, right: Array) -> tuple[Array, Array, Array]:
        whole = weighted[self.inner]
        share_left, share_right = weighted[left] / whole, weighted[right] / whole
        apart = values[left] - values[right]
        apart *= apart
        return share_left, share_right, share_left * share_right * (row_sums(apart) / values.shape[1])


def _means(values: Array, weighted: Array, node: Array, right: Array) -> Array:
    left = node + 1
    told = values[left] * weighted[left, None]
    told += values[right] * weighted[right, None]
    told /= weighted[node, None]
    return told


def row_sums(rows: Array) -> Array:
    """The sum of each row, added from left to right."""
    total = rows[:, 0].copy()
    for column in rows.T[1:]:  # in a fixed order: numpy's own sum may pair differently
        total += column
    return total


def preorder(sizes: Array, left: Array, right: Array) -> Array | None:
    """The nodes' numbers in depth-first order, all trees in a row; None if they do not make trees."""
    order: list[int] = []
    start = 0
    lefts, rights = left.tolist(), right.tolist()
    for size in sizes.tolist():
        stack = [start]
        end = len(order) + size
        while stack:
            node = stack.pop()
            order.append(node)
            if len(order) > end:
                return None
            if lefts[node] != -1:
                if not (0 <= lefts[node] < size and 0 <= rights[node] < size):
                    return None
                stack.append(start + rights[node])
                stack.append(start + lefts[node])
        start += size
        if len(order) != start:
            return None
    found = np.array(order)
    return found if len(np.unique(found)) == len(found) else None
