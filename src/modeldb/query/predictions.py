"""The table behind the `predictions` view, as Parquet files fill it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from modeldb.query.relations import ParquetFiles

if TYPE_CHECKING:
    import pyarrow


def prediction_schema() -> pyarrow.Schema:
    """The columns every file of predictions has. Labels and predictions are text, so that all models fit one view."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("model_id", pa.string()),
            pa.field("dataset_id", pa.string()),
            pa.field("action_id", pa.string()),
            pa.field("row", pa.int64()),
            pa.field("example", pa.string()),
            pa.field("label", pa.string()),
            pa.field("prediction", pa.string()),
            pa.field("score", pa.list_(pa.float64())),
            pa.field("correct", pa.bool_()),
            pa.field("loss", pa.float64()),
        ]
    )


def prediction_files(paths: Sequence[Path]) -> ParquetFiles:
    """What a provider of `predictions` returns for these files; none is an empty view."""
    return ParquetFiles([str(path) for path in paths], prediction_schema().serialize().to_pybytes())
