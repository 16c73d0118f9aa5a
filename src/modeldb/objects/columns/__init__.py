"""Identity of data: canonical digests of tables, columns and rows, the same in every container.

`docs/identity.md` gives the canonical form byte by byte.
"""

from modeldb.objects.columns.containers import is_tabular, snapshot
from modeldb.objects.columns.digests import digest, is_evidence
from modeldb.objects.columns.keys import key_digest, key_digests
from modeldb.objects.columns.model import ColumnDigest, TableDigest, column_subset
from modeldb.objects.columns.rows import row_digests, rows_digest
from modeldb.objects.columns.statistics import ColumnStatistics, statistics

__all__ = [
    "ColumnDigest",
    "ColumnStatistics",
    "TableDigest",
    "column_subset",
    "digest",
    "is_evidence",
    "is_tabular",
    "key_digest",
    "key_digests",
    "row_digests",
    "rows_digest",
    "snapshot",
    "statistics",
]
