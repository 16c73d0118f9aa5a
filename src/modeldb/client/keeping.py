"""What is kept of models and data besides their description, off the training thread.

A model is captured in the user's thread (its buffers are copied, so that a later refit changes nothing) and taken
apart, stored and indexed in the background. Of a dataset, the statistics of its columns are computed, and its values
kept if it is small; see `keep_datasets`. For predictions see `keep_predictions`.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
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


TRUTH_ROLES = ("y_true", "y", "labels_true")
"""The arguments that hold what is true of the examples judged."""


class _Keeper:
    """What one session keeps of values, and what it has kept."""

    def __init__(self, session: Session) -> None:
        from modeldb.client.keep_predictions import Predictions

        self.predictions = Predictions(session)
        self.met: dict[str, bool] = {}
        """Datasets that were kept or found too large, and whether a key named their examples then."""
        self.pid = os.getpid()


_keepers: weakref.WeakKeyDictionary[Session, _Keeper] = weakref.WeakKeyDictionary()


def _keeper(session: Session) -> _Keeper:
    keeper = _keepers.get(session)
    if keeper is None or keeper.pid != os.getpid():
        keeper = _keepers[session] = _Keeper(session)
    if keeper.predictions.flush not in session.at_stop:
        session.at_stop.append(keeper.predictions.flush)
        session.at_tick = [keeper.predictions.tick]
    return keeper


def values_of(session: Session, call: Call) -> None:
    """Keep what the script's own call read, said and judged, within the limits of the settings."""
    settings = session.settings
    if not call.tables or not (settings.keep_predictions or settings.keep_datasets_bytes):
        return
    from modeldb.client import keep_datasets

    wanted = keep_datasets.wanted(call)
    if wanted:
        keeper = _keeper(session)
        for table, value in wanted:
            examples = call.recorder.identities.of(table.digest)
            met = keeper.met.get(table.dataset_id)
            if met is None or (not met and examples is not None):
                keeper.met[table.dataset_id] = examples is not None
                _keep_values(session, keeper, table, call.copy_of, value, examples)
    if settings.keep_predictions:
        _keep_predictions(session, call)


def _keep_values(
    session: Session,
    keeper: _Keeper,
    table: columns.TableDigest,
    copy_of: Callable[[Any], Any],
    value: Any,
    examples: Any | None,
) -> None:
    from modeldb.client import keep_datasets

    size = keep_datasets.size_of(table, value)
    if keep_datasets.fits(session, table, value):
        function = keep_datasets.keep
    elif table.n_rows * len(table.columns) <= keep_datasets.MAX_ROW_CELLS:
        function = keep_datasets.keep_rows
    else:
        return
    rows = keeper.predictions.rows
    session.submit(_with_examples, function, session, rows, table, copy_of(value), examples, cost=size)


def _with_examples(
    function: Callable[..., None],
    session: Session,
    rows: dict[str, str],
    table: columns.TableDigest,
    value: Any,
    examples: Any | None,
) -> None:
    """Keep a dataset with the identities a key gave its examples or, without one, with the digests of its rows."""
    known = _row_digests.pop(table.dataset_id, None)
    if examples is None:
        examples = columns.row_digests(value) if known is None else known
    function(session, rows, table, value, examples)


_row_digests: dict[str, Any] = {}
"""Of the datasets described last, which are kept next."""


def _keep_predictions(session: Session, call: Call) -> None:
    method = _method(call)
    said = [
        (role, known.about, value) for role, known, value, made in call.tables if made and role.startswith("return")
    ]
    if method and said and said[0][1] is not None and all(said[0][1]):
        value = said[0][2] if said[0][0] == "return" else [value for _, _, value in said]
        _keeper(session).predictions.said(said[0][1], method, value, call.subject, call.action_id)
    about = _judges(call)
    if about is not None and all(about):
        truth = next((v for role in TRUTH_ROLES for r, _, v, made in call.tables if r == role and not made), None)
        if truth is not None:
            _keeper(session).predictions.judged(about, truth)


def _judges(call: Call) -> tuple[str, str] | None:
    """The model and the dataset whose predictions this call compares with the truth."""
    if call.kind == "predict":  # `log_predictions`, which is given both at once
        return next((known.about for role, known, _, made in call.tables if made and role == "return"), None)
    return call.about if call.kind == "evaluate" else None


def _method(call: Call) -> str | None:
    """The method whose result this call returned, if it is one whose results are kept."""
    from modeldb.client.keep_predictions import METHODS

    method = call.method
    if call.operation.endswith(".cross_val_predict"):
        method = next((str(p.value) for p in call.params if p.name == "method"), "predict")
    return method if method in METHODS else None


def dataset(session: Session, table: columns.TableDigest, value: Any, call: Call) -> None:
    """Describe a dataset's columns in numbers."""
    cells = table.n_rows * len(table.columns)
    if not call.is_outermost or call.kind not in DESCRIBED_KINDS or table.weak or cells > MAX_STATISTICS_CELLS:
        return
    if len(table.columns) > 1_000:
        return
    session.submit(_describe, session, table.dataset_id, call.copy_of(value), cost=cells * 8)


def _describe(session: Session, dataset_id: str, value: Any) -> None:
    rows = columns.row_digests(value)
    _row_digests[dataset_id] = rows
    if len(_row_digests) > 8:
        _row_digests.pop(next(iter(_row_digests)), None)
    rows_digest = columns.rows_digest(rows)
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
    # One job, not two: each wakes the background thread, which then competes with training.
    session.submit(_put, session, model_id, captured, estimator, feature_names, cost=captured.size_bytes)


def _put(session: Session, model_id: str, captured: Any, estimator: Any, feature_names: list[str] | None) -> None:
    try:
        _store(session, model_id, captured)
    finally:
        _index(session, model_id, estimator, feature_names)


def _store(session: Session, model_id: str, captured: Any) -> None:
    stored = session.objects.put(captured)
    session.append(ModelStored(model_id, stored.digest, stored.size_bytes, stored.stored_bytes))


def _index(session: Session, model_id: str, estimator: Any, feature_names: list[str] | None) -> None:
    from modeldb.objects.index import extract

    found = extract(estimator, feature_names)
    features = [FeatureSeen(f.position, f.name, f.importance, f.coefficient) for f in found.features]
    parts = [
        PartSeen(p.path, p.type, p.dtype, _shape(p), p.digest, p.size_bytes, p.min, p.max, p.mean, p.std, p.norm)
        for p in found.parts
    ]
    session.append(ModelIndexed(model_id, features, parts, found.summary, list(map(float, found.sketch))))


def _shape(part: Any) -> str:
    """As it is printed and compared: `64x10`."""
    return "x".join(map(str, part.shape))
