"""What was learned from: data sets and their columns."""

from __future__ import annotations

from modeldb.query.views.view import view

VIEWS = (
    view(
        "datasets",
        "Tables and arrays, one row per content: the same content met in pandas, numpy or another run is the same "
        "dataset.",
        "datasets",
        {
            "dataset_id": "`d-` and the digest of its content",
            "digest": "digest of names, order and columns",
            "name": "what a script called it when it was first met",
            "source": "the file or loader it was read from, if it was",
            "n_rows": "rows",
            "n_columns": "columns, without the index",
            "kept": "true when its values are in the store",
            "first_seen_run": "the run that met it first",
            "container": "`DataFrame`, `ndarray`, … as first met",
            "weak": "true when it was too large to digest and the digest stands for its source",
            "rows_digest": "equal for the same rows in another order",
            "created_at": "when it was first met",
        },
        """
SELECT dataset_id, digest, name, source, n_rows, n_columns, kept, first_seen_run, container, weak, rows_digest,
       created_at
FROM _datasets
""",
    ),
    view(
        "dataset_columns",
        "The columns of datasets. Equal columns of different datasets share their digest.",
        "dataset_columns",
        {
            "dataset_id": "the dataset",
            "position": "from 0; levels of the index are negative",
            "name": "the column's name",
            "dtype": "its logical type",
            "digest": "digest of its values",
            "n_null": "missing values",
            "n_distinct": "different values",
            "min": "smallest value of a numeric column",
            "max": "largest value of a numeric column",
            "mean": "mean of a numeric column",
            "std": "standard deviation of a numeric column",
            "min_text": "smallest value of any other column",
            "max_text": "largest value of any other column",
        },
        """
SELECT dataset_id, position, name, dtype, digest, n_null, n_distinct, min, max, mean, std, min_text, max_text
FROM _dataset_columns
""",
    ),
)
