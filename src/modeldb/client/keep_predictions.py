"""What models said, kept for the questions asked later: which examples, which mistakes, which models disagree.

What `predict`, `predict_proba` and `decision_function` return waits here for a moment: in the next lines scripts
usually judge it, and then the true labels are known too. It is written in the background, with labels or without.
A judgement that comes later writes the set once more, with its labels; the parts it shares are not written again.

`model.score(X, y)` predicts inside the library. Calling the user's model a second time is not ours to do, so such a
set is left to `Database.evaluate`, which works on the stored model.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modeldb.core.actions import PredictionsStored

if TYPE_CHECKING:
    from modeldb.client.session import Session
    from modeldb.examples.sets import Said
    from modeldb.objects.columns.canonical import Column

METHODS = frozenset({"predict", "predict_proba", "decision_function", "fit_predict"})
WAIT_S = 1.0
"""How long predictions wait for a judgement before they are written without labels."""
WAITING_BYTES = 64 << 20
REMEMBERED = 256
"""Predictions and labels that stay within reach of a later judgement."""

Pair = tuple[str, str]
"""A model and a dataset."""


@dataclass(slots=True)
class _Waiting:
    """What one model said about one dataset."""

    sets: dict[str, tuple[Said, str]] = field(default_factory=dict)
    """By method: the set and the action that made it."""
    labels: list[Column] | None = None
    since: float = 0.0
    unwritten: set[str] = field(default_factory=set)
    n_bytes: int = 0


class Predictions:
    """The predictions of one session on their way to the store.

    Threads: any. Forks: a child forgets what its parent will write.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: OrderedDict[Pair, _Waiting] = OrderedDict()
        self._n_bytes = 0
        """Of all that wait."""
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self.rows: dict[str, str] = {}
        """Dataset → the object that holds its row digests; written by the background thread."""

    def said(self, about: Pair, method: str, value: Any, model: Any, action_id: str) -> None:
        """Take note of what a method of a model returned; a list of arrays has one per output. `value` is copied."""
        from modeldb.examples.sets import is_per_output, said_by

        parts = value if is_per_output(value) else [value]
        size = sum(getattr(part, "size", None) or len(part) for part in parts)
        if size > self._session.settings.keep_predictions:
            return
        said = said_by(model, *about, method, [part.copy() for part in value] if len(parts) > 1 else _copied(value))
        with self._lock:
            waiting = self._of(about)
            waiting.sets[method] = (said, action_id)
            waiting.unwritten.add(method)
            n_bytes = sum(int(getattr(part, "nbytes", 8 * size)) for part in parts)
            waiting.n_bytes += n_bytes
            self._n_bytes += n_bytes
            waiting.since = time.monotonic()
        if waiting.labels is not None:
            self._write(about, waiting)
        self._make_room()

    def judged(self, about: Pair, truth: Any) -> None:
        """Take note of what is true of the rows of a dataset a model was judged on. `truth` is copied."""
        from modeldb.examples.sets import columns_of, length

        size = getattr(truth, "size", None) or len(truth)
        if size > self._session.settings.keep_predictions:
            return
        with self._lock:
            known = self._waiting.get(about)
        if known is not None and known.labels is not None:
            return
        labels = columns_of(_copied(truth))
        with self._lock:
            waiting = self._of(about)
            fitting = [said for said, _ in waiting.sets.values() if may_label(labels, said)]
            if (waiting.sets and not fitting) or not labels or not length(labels[0]):
                return
            waiting.labels = labels
            waiting.unwritten = set(waiting.sets)
        self._write(about, waiting)

    def tick(self) -> None:
        """Write what has waited long enough."""
        now = time.monotonic()
        with self._lock:
            due = [(p, w) for p, w in self._waiting.items() if w.unwritten and now - w.since > WAIT_S]
        for about, waiting in due:
            self._write(about, waiting)

    def flush(self) -> None:
        """Write everything."""
        with self._lock:
            due = [(about, waiting) for about, waiting in self._waiting.items() if waiting.unwritten]
        for about, waiting in due:
            self._write(about, waiting)

    def _of(self, about: Pair) -> _Waiting:
        if os.getpid() != self._pid:
            self._pid = os.getpid()
            self._waiting.clear()
            self._n_bytes = 0
        waiting = self._waiting.setdefault(about, _Waiting())
        self._waiting.move_to_end(about)
        return waiting

    def _make_room(self) -> None:
        while True:
            with self._lock:
                if len(self._waiting) <= REMEMBERED and self._n_bytes <= WAITING_BYTES:
                    return
                about, waiting = self._waiting.popitem(last=False)
                self._n_bytes -= waiting.n_bytes
            self._write(about, waiting)

    def _write(self, about: Pair, waiting: _Waiting) -> None:
        with self._lock:
            if os.getpid() != self._pid:
                return
            methods, waiting.unwritten = waiting.unwritten, set()
            sets = [waiting.sets[method] for method in sorted(methods)]
            labels = waiting.labels
        if sets:
            cost = 2 * waiting.n_bytes
            self._session.submit(_store, self._session, self.rows, sets, labels, cost=cost)


def may_label(labels: list[Column], said: Said) -> bool:
    """True when these labels can be the truth about those rows: as many, and for classes at least one of them known."""
    from modeldb.examples.sets import length

    if length(labels[0]) != said.n_rows:
        return False
    if said.outputs is not None:
        return len(labels) == len(said.outputs)
    if said.classes is None:
        return len(labels) == len(said.values)
    if len(labels) != 1:
        return False
    known, named = _names(said.classes), _names(labels[0])
    return not named or len(named & known) * 2 > len(named)


def _names(column: Column) -> set[str]:
    from modeldb.examples.plain import names

    return names(column)


def _store(session: Session, rows: dict[str, str], sets: list[tuple[Said, str]], labels: list[Column] | None) -> None:
    from dataclasses import replace

    from modeldb.examples import plain
    from modeldb.examples.sets import Place, set_id, write

    place = Place(session.objects, session.layout.examples)
    for said, action_id in sets:
        truth = labels if labels is not None and may_label(labels, said) else None
        digest, size = write(place, replace(said, labels=truth), rows.get(said.dataset_id))
        n_labelled, n_correct = (0, None) if truth is None else plain.count_correct(said, truth)
        session.append(
            PredictionsStored(
                set_id=set_id(said.model_id, said.dataset_id, said.method),
                model_id=said.model_id,
                dataset_id=said.dataset_id,
                action_id=action_id,
                digest=digest,
                n_rows=said.n_rows,
                method=said.method,
                n_labelled=n_labelled,
                n_correct=n_correct,
                size_bytes=size,
            )
        )


def _copied(value: Any) -> Any:
    copy = getattr(value, "copy", None)
    return copy() if copy is not None else value
