"""Reads scipy sparse matrices and arrays of every format, without making them dense."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from modeldb.objects.columns.forms import SparseMatrix
from modeldb.objects.columns.tables import ARRAY, VECTOR, Table


def read(matrix: Any) -> Table:
    """Reads a sparse matrix; zeros that are stored count as zeros, entries stored twice are added up."""
    container = f"scipy.{type(matrix).__name__}"
    kind = ARRAY
    if matrix.ndim == 1:
        kind, matrix = VECTOR, matrix.reshape(-1, 1)
    elif matrix.ndim > 2:
        kind = f"{ARRAY}{list(matrix.shape[1:])}"
        matrix = matrix.reshape(matrix.shape[0], math.prod(matrix.shape[1:]))
    by_column = matrix.tocsc()
    if not by_column.has_canonical_format:
        by_column = by_column.copy() if by_column is matrix else by_column
        by_column.sum_duplicates()
    starts, rows, values = by_column.indptr.astype("i8"), by_column.indices, by_column.data
    solid = values != 0
    if not solid.all():
        starts = np.append(0, np.cumsum(solid))[starts]
        rows, values = rows[solid], values[solid]
    n_rows, width = matrix.shape
    piece = SparseMatrix(values.dtype.name, n_rows, starts, rows, values)
    return Table(kind, container, n_rows, range(width), [(range(width), piece)])
