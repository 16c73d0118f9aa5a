"""Where trees split: how often on each feature, and how much was gained by it."""

from __future__ import annotations

from typing import Any

import numpy as np

FEATURES = 256
"""Of models that split on more features, those with the largest gain."""


def splits(trees: list[Any], histogram_trees: list[Any]) -> dict[str, list[Any]] | None:
    """The features a model's trees split on: position, number of splits, summed gain; None where none splits.

    The gain of a split is by how much it lowers the impurity of its samples, weighed by their number: what an
    importance is before it is made to sum up to one. Histogram boosting notes a gain of its own.
    """
    found = [_of_tree(tree) for tree in trees] + [_of_histogram(tree) for tree in histogram_trees]
    if not found:
        return None
    features, gains = (np.concatenate(column) for column in zip(*found, strict=True))
    if not features.size:
        return None
    counts = np.bincount(features)
    gained = np.bincount(features, weights=gains)
    used = np.flatnonzero(counts)
    if used.size > FEATURES:
        used = np.sort(used[np.argsort(-gained[used], kind="stable")[:FEATURES]])
    return {"feature": used.tolist(), "count": counts[used].tolist(), "gain": gained[used].tolist()}


def _of_tree(tree: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    inner = np.flatnonzero(tree.children_left >= 0)
    left, right = tree.children_left[inner], tree.children_right[inner]
    weighed = tree.weighted_n_node_samples * tree.impurity
    return tree.feature[inner], weighed[inner] - weighed[left] - weighed[right]


def _of_histogram(tree: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    inner = tree.nodes[tree.nodes["is_leaf"] == 0]
    return inner["feature_idx"].astype(np.int64), inner["gain"].astype(np.float64)
