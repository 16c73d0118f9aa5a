"""Arithmetic that rounds alike on every machine, for predicting what need not be stored.

Libraries' logarithms differ in the last place from processor to processor, so there is one here made of additions,
multiplications and divisions only.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

GINI, ENTROPY = "gini", "entropy"
_LN2 = 0.6931471805599453
_TERMS = [2.0 / (2 * i + 1) for i in range(11)]


def log2(x: Array) -> Array:
    """The binary logarithm of positive floats, within a few units of the last place."""
    mantissa, exponent = np.frexp(x)
    small = mantissa < 0.7071067811865476
    mantissa = np.where(small, mantissa * 2, mantissa)
    exponent = exponent - small
    s = (mantissa - 1.0) / (mantissa + 1.0)
    square = s * s
    series = np.full_like(s, _TERMS[-1])
    for term in _TERMS[-2::-1]:
        series = series * square + term
    return series * s / _LN2 + exponent


def impurity(kind: str, counts: Array, weighted: Array) -> Array:
    """Gini or entropy of nodes with these class counts, nearly as scikit-learn computes them."""
    if kind == GINI:
        squares = np.zeros(len(counts))
        for column in counts.T:
            real = column.astype(np.float64)
            squares += real * real
        return 1.0 - squares / (weighted * weighted)
    result = np.zeros(len(counts))
    for column in counts.T:
        share = column / weighted
        present = share > 0
        result -= np.where(present, share * log2(np.where(present, share, 1.0)), 0.0)
    return result
