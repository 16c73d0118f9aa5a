"""What is kept of models and data besides their description, off the training thread.

A model is captured in the user's thread (its buffers are copied, so that a later refit changes nothing) and taken
apart, stored and indexed in the background. Of a dataset, the statistics of its columns are computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modeldb.core.actions import (
    ColumnStatistics,
    DatasetDescribed,
    FeatureSeen,
    ModelIndexed,
    ModelStored,
    PartSeen,
)
from modeldb.objects import columns

if TYPE_CHECKING:
    from modeldb.client.call import Call
    from modeldb.client.session import Session

MAX_STATISTICS_CELLS = 20_000_000
DESCRIBED_KINDS = ("read", "split", "fit", "search", "cross_validate", "evaluate")
"""A dataset met in one of these is worth a description; what lies between is known by its columns' digests."""


def dataset(session: Session, table: columns.TableDigest, value: Any, call: Call) -> None:
    """Describe a dataset's columns in numbers."""
    cells = table.n_rows * len(table.columns)
    if not call.is_outermost or call.kind not in DESCRIBED_KINDS or table.weak or cells > MAX_STATISTICS_CELLS:
        return
    if len(table.columns) > 1_000:
        return
    session.submit(_describe, session, table.dataset_id, _snapshot(value), cost=cells * 8)


def _snapshot(value: Any) -> Any:
    """The values as they are now: a copy where that is cheap, copy-on-write or a reference where it is not."""
    copy = getattr(value, "copy", None)
    if copy is None:
        return list(value) if isinstance(value, list) else value
    return copy()


def _describe(session: Session, dataset_id: str, value: Any) -> None:
    rows_digest = columns.rows_digest(columns.row_digests(value))
    statistics = [
        ColumnStatistics(s.position, s.n_null, s.n_distinct, s.min, s.max, s.mean, s.std)
        for s in columns.statistics(value)
    ]
    session.append(DatasetDescribed(dataset_id, statistics, rows_digest=rows_digest))


def model(session: Session, model_id: str, estimator: Any, feature_names: list[str] | None) -> None:
    """Keep a fitted model as it is now."""
    if not session.settings.keep_models:
        return
    from modeldb.errors import NotCapturable
    from modeldb.objects import capture

    try:
        captured = capture(estimator)
    except NotCapturable as error:
        session.append(ModelStored(model_id, None, error=str(error)))
        return
    session.submit(_store, session, model_id, captured, cost=captured.size_bytes)
    session.submit(_index, session, model_id, estimator, feature_names)


def _store(session: Session, model_id: str, captured: Any) -> None:
    stored = session.objects.put(captured)
    session.append(ModelStored(model_id, stored.digest, stored.size_bytes, stored.stored_bytes))


def _index(session: Session, model_id: str, estimator: Any, feature_names: list[str] | None) -> None:
    from modeldb.objects.index import extract

    found = extract(estimator, feature_names)
    features = [FeatureSeen(f.position, f.name, f.importance, f.coefficient) for f in found.features]
    parts = [
        PartSeen(p.path, p.type, p.dtype, p.shape, p.digest, p.size_bytes, p.min, p.max, p.mean, p.std, p.norm)
        for p in found.parts
    ]
    session.append(ModelIndexed(model_id, features, parts, found.summary, list(map(float, found.sketch))))
