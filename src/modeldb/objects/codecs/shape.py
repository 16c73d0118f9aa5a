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


@dataclass(frozen=True, slots=True)
class Shape:
    """Trees one after another, each in preorder."""

    leaf: Array
    """Which nodes are leaves."""
    inner: Array
    """The others' numbers, ascending."""
    right: Array
    """Right child of each inner node; the left child is the node after it."""
    first_leaf: Array
    """For each inner node, how many leaves come before its subtree."""
    end_leaf: Array
    """For each inner node, how many leaves come before the end of its subtree."""

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
        right = np.empty(total, np.int64)
        right[nodes] = order[at + 1]
        last_leaf = np.empty(total, np.int64)
        last_leaf[nodes] = order[leaf_sorted][np.cumsum(leaf_sorted)[at]]
        inner = np.flatnonzero(~leaf)
        leaves_before = np.cumsum(leaf) - leaf
        return Shape(leaf, inner, right[inner], leaves_before[inner], leaves_before[last_leaf[inner]] + 1)

    def numbers_are(self, left: Array, right: Array, starts: Array) -> bool:
        """True if these are the children's numbers, counted from each tree's first node."""
        relative = starts[self.inner]
        return bool(
            (left[self.inner] == self.inner + 1 - relative).all()
            and (right[self.inner] == self.right - relative).all()
            and (right[self.leaf] == -1).all()
        )

    def sums(self, of_leaves: Array) -> Array:
        """For every node the sum of integers over the leaves of its subtree."""
        total = len(self.leaf)
        wide = np.int32 if int(of_leaves.max(initial=0)) * max(len(of_leaves), 1) < 1 << 31 else np.int64
        running = np.zeros((len(of_leaves) + 1, *of_leaves.shape[1:]), wide)
        np.cumsum(of_leaves, axis=0, dtype=wide, out=running[1:])
        result = np.empty((total, *of_leaves.shape[1:]), wide)
        result[self.leaf] = of_leaves
        result[self.inner] = running[self.end_leaf] - running[self.first_leaf]
        return result

    def adds_up(self, values: Array) -> bool:
        """True if every inner node's value is the sum of its leaves', all of them integers from 0 to 2^40."""
        of_leaves = values[self.leaf]
        if not ((of_leaves >= 0) & (of_leaves < 1 << 40)).all():
            return False
        whole = of_leaves.astype(np.int64)
        if (whole != of_leaves).any() or values.dtype.kind == "f" and np.signbit(of_leaves).any():
            return False
        return bool((self.sums(whole) == values).all())

    def levels(self) -> list[Array]:
        """Positions in `inner` by depth, the deepest first."""
        total = len(self.leaf)
        before = np.zeros(total + 1, np.int64)
        before[self.inner + 1] = 1
        leaf_numbers = np.flatnonzero(self.leaf)
        ends = leaf_numbers[self.end_leaf - 1] + 1
        depth = np.cumsum(before - np.bincount(ends, minlength=total + 1))[self.inner]
        if len(depth) and int(depth.max()) < 1 << 15:
            depth = depth.astype(np.int16)
        order = np.argsort(depth, kind="stable")
        cuts = np.cumsum(np.bincount(depth))[:-1] if len(depth) else []
        return np.split(order, cuts)[::-1]

    def means(self, values: Array, weighted: Array, distances: Array | None = None) -> Array:
        """What the inner nodes' means would be from their children's: (inner, width).

        With distances, corrects by them and fills `values` from the deepest nodes up.
        """
        told = np.empty((len(self.inner), values.shape[1]))
        for level in self.levels() if distances is not None else [np.arange(len(self.inner))]:
            node = self.inner[level]
            left, right = node + 1, self.right[level]
            guess = values[left] * weighted[left, None] + values[right] * weighted[right, None]
            guess /= weighted[node, None]
            told[level] = guess
            if distances is not None:
                values[node] = (guess.view(np.int64) + distances[level]).view(np.float64)
        return told

    def variances(
        self, given: Array, values: Array, weighted: Array, distances: Array | None = None
    ) -> Array:
        """What the inner nodes' variances would be from their children's; see means."""
        told = np.empty(len(self.inner))
        left, right = self.inner + 1, self.right
        share_left = weighted[left] / weighted[self.inner]
        share_right = weighted[right] / weighted[self.inner]
        apart = values[left] - values[right]
        between = share_left * share_right * ((apart * apart).sum(1) / values.shape[1])
        for level in self.levels() if distances is not None else [np.arange(len(self.inner))]:
            guess = given[left[level]] * share_left[level] + given[right[level]] * share_right[level]
            guess += between[level]
            told[level] = guess
            if distances is not None:
                given[self.inner[level]] = (guess.view(np.int64) + distances[level]).view(np.float64)
        return told


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
