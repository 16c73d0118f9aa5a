"""The values of small datasets, kept column by column, so that examples can be looked at later.

Kept is what a script reads, splits, fits on or judges on itself, up to `keep_datasets_bytes`. A column that several
versions of a dataset share is stored once. Digests are taken again of what was stored: what cannot be written down
so that it comes back as the same dataset is not kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modeldb.core.actions import DatasetKept

if TYPE_CHECKING:
    from modeldb.client.call import Call
    from modeldb.client.session import Session
    from modeldb.objects.columns import TableDigest

KINDS = frozenset({"read", "split", "fit", "search", "cross_validate", "predict", "evaluate", "log"})
"""What a dataset must be part of to be kept."""
MADE_IN = frozenset({"read", "split"})
"""Kinds whose results are kept, and not only what they read."""
MAX_COLUMNS = 1_000
MAX_ROW_CELLS = 20_000_000
"""The largest dataset whose rows are given digests, in cells, when its values are not kept."""


def wanted(call: Call) -> list[tuple[TableDigest, Any]]:
    """The datasets of a call that are worth keeping, with their values."""
    if call.kind not in KINDS:
        return []
    return [
        (known.table, value)
        for _, known, value, made in call.tables
        if known.about is None and not known.table.weak and (call.kind in MADE_IN or not made)
    ]


def fits(session: Session, table: TableDigest, value: Any) -> bool:
    """True for a dataset whose values may be kept."""
    limit = session.settings.keep_datasets_bytes
    return 0 < len(table.columns) <= MAX_COLUMNS and size_of(table, value) <= limit and bool(limit)


def size_of(table: TableDigest, value: Any) -> int:
    """Roughly the bytes of a dataset's values."""
    if type(value).__module__.partition(".")[0] == "numpy" and hasattr(value, "nbytes"):
        return int(value.nbytes)
    cells = 8 * table.n_rows * len(table.columns)
    texts = sum(column.dtype in ("string", "object", "bytes") for column in table.columns)
    return cells + 16 * table.n_rows * texts


def keep(session: Session, rows: dict[str, str], table: TableDigest, value: Any, examples: Any) -> None:
    """Store a dataset's columns and the identities of its examples; in the background. `value` is ours."""
    from modeldb.errors import NotCapturable
    from modeldb.examples import kept

    try:
        stored = kept.write(session.objects, value, table, examples)
    except NotCapturable:
        keep_rows(session, rows, table, value, examples)
        return
    rows[table.dataset_id] = stored.digests[-1]
    session.append(DatasetKept(table.dataset_id, stored.digests, stored.stored_bytes))


def keep_rows(session: Session, rows: dict[str, str], table: TableDigest, value: Any, examples: Any) -> None:
    """Store the identities of a dataset's examples alone, for the predictions on it; in the background."""
    from modeldb.examples import kept

    rows[table.dataset_id] = kept.write_rows(session.objects, examples)
