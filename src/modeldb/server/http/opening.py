"""The state of a server over an open store: reading, typed SQL in a process of its own, changes, and following."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from modeldb import __version__
from modeldb.core.users import user_name
from modeldb.errors import ModelDBError, NotFound
from modeldb.server.http.state import State

if TYPE_CHECKING:
    from modeldb.database import Database

FOLLOW_S = 0.5
QUIET = 6
"""Looks without news after which what can wait is done: not while somebody waits for the first page."""
FIRST_QUESTION = "SELECT 1 FROM models JOIN metrics USING (model_id) JOIN hyperparameters USING (model_id) LIMIT 0"
"""Asked before anybody asks: the first question starts an engine and lays out the tables, which takes seconds."""

log = logging.getLogger("modeldb.server")


@contextmanager
def serving(db: Database, *, user: str | None = None) -> Iterator[State]:
    """The state of a server over this database. While the block lasts, what others record is followed."""

    def untrusted(statement: str, params: Any = (), **limits: Any) -> Any:
        return db.sql(statement, params, isolated=True, **limits)

    def read_object(digest: str) -> bytes | None:
        with suppress(NotFound):
            return db.objects.get_bytes(digest)
        return None

    state = State(
        source=db.catalog,
        sql=db.sql,
        untrusted_sql=untrusted,
        write=db.annotate,
        read_object=read_object,
        kept_rows=lambda dataset_id: db.example_functions.examples(dataset_id),
        diff=db.diff,
        similar=lambda model_id, by, limit: db.similar_models(model_id, by, limit=limit),
        store=str(db.layout.root),
        user=user or user_name(),
        version=__version__,
        cache=db.layout.cache,
    )
    with _following(db, state):
        yield state


@contextmanager
def _following(db: Database, state: State) -> Iterator[None]:
    """Applies what other processes record, and fills the tables before anybody asks for them."""
    stop = threading.Event()

    def follow() -> None:
        said, entry, quiet, warm = "", -1, 0, False
        while not stop.is_set():
            try:
                if not db.catalog.readonly:
                    db.sync()
                state.tables.models()
                state.shared_data.of("")
                said = ""
                entry, quiet = (now := db.catalog.last_entry()), quiet + 1 if now == entry else 0
                if quiet == QUIET:
                    state.tables.keep()
                    if not warm:
                        warm = True
                        state.sql(FIRST_QUESTION)
                        state.untrusted_sql(FIRST_QUESTION)
            except Exception as error:  # whatever it is: without this thread nothing new would ever be shown
                # Whoever records drains too; say it once and go on showing what there is.
                if not stop.is_set() and str(error) != said:
                    said = str(error)
                    known = isinstance(error, ModelDBError | OSError)
                    log.warning("Cannot follow %s: %s", db.layout.journal, error, exc_info=not known)
            stop.wait(FOLLOW_S)

    thread = threading.Thread(target=follow, name="modeldb-follow", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)
