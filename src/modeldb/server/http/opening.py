"""Opens a store for serving: reading, typed SQL in a process of its own, changes, and following what is recorded."""

from __future__ import annotations

import getpass
import logging
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from modeldb import __version__
from modeldb.catalog import Catalog, drain, open_catalog
from modeldb.core.actions import Annotated
from modeldb.errors import ModelDBError, NotFound
from modeldb.history.compare import compare
from modeldb.objects.opening import open_store
from modeldb.query.engine import Engine
from modeldb.query.worker import Worker
from modeldb.server.http.state import State
from modeldb.store import StoreLayout, init

FOLLOW_S = 0.5
log = logging.getLogger("modeldb.server")


@contextmanager
def open_state(layout: StoreLayout, *, user: str | None = None) -> Iterator[State]:
    """The state of a server over this store, for as long as the block lasts; the store is made if need be."""
    init(layout)
    with ExitStack() as stack:
        catalog = stack.enter_context(open_catalog(layout.catalog))
        objects = stack.enter_context(open_store(layout.objects))
        engine = Engine(catalog, layout.cache)
        stack.callback(engine.close)
        worker = Engine(catalog, layout.cache, runner=Worker())
        stack.callback(worker.close)
        stack.enter_context(_following(layout, catalog))

        def read_object(digest: str) -> bytes | None:
            with suppress(NotFound):
                return objects.get_bytes(digest)
            return None

        yield State(
            source=catalog,
            sql=engine.execute,
            untrusted_sql=worker.execute,
            write=Writer(catalog).write,
            read_object=read_object,
            diff=lambda kind, a, b: compare(catalog, kind, a, b, objects.get_bytes),
            store=str(layout.root),
            user=user or _user(),
            version=__version__,
        )


class Writer:
    """Applies annotations as a client of its own, so that delivery is counted like any other.

    Threads: any; writers queue.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._client_id = f"server-{uuid.uuid4().hex}"
        self._written = 0
        self._lock = threading.Lock()

    def write(self, records: Sequence[Annotated]) -> None:
        """Raises StoreReadOnly or StoreError when they cannot be written."""
        with self._lock:
            behind = (0, self._written + len(records))
            self._written += self._catalog.apply(self._client_id, records, cursor=behind, first=self._written)


@contextmanager
def _following(layout: StoreLayout, catalog: Catalog) -> Iterator[None]:
    """Applies what other processes record while the block lasts, so that pages are live."""
    stop = threading.Event()

    def follow() -> None:
        said = ""
        while not stop.is_set():
            try:
                drain(layout.journal, catalog)
                said = ""
            except ModelDBError as error:
                # Whoever records drains too; say it once and go on showing what there is.
                if str(error) != said:
                    said = str(error)
                    log.warning("Cannot follow %s: %s", layout.journal, error)
            except OSError as error:
                log.debug("Cannot follow %s: %s", layout.journal, error)
            stop.wait(FOLLOW_S)

    if catalog.readonly:
        yield
        return
    thread = threading.Thread(target=follow, name="modeldb-follow", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
