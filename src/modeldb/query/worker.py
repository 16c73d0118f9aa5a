"""A warm process for SQL written by somebody else.

The parent sends a statement with descriptions of the files it may read; the worker maps them into a throw-away
in-memory database, runs the statement and sends the rows back as one Arrow stream. The worker has no catalog, no
credentials, an empty working directory, may write no file and may use only so much memory. It interrupts itself after
the time limit; if that does not help the parent kills it a second later, and the next statement gets a new one.
"""

from __future__ import annotations

import importlib
import os
import selectors
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any

import msgspec

from modeldb.errors import ModelDBError, QueryError, QueryTimeout, StoreDamaged
from modeldb.query.lean import leave_pandas_out
from modeldb.query.relations import Relation, forgettable

if TYPE_CHECKING:
    from modeldb.query.engine import Source
    from modeldb.query.session import Answer

MEMORY_LIMIT = "1GB"
"""What DuckDB may use for a query."""
HEADROOM = 2 << 30
"""Bytes of address space a statement may add; covers what the memory limit does not see."""
ROW_CAP = 100_000
BYTE_CAP = 64 << 20
TIMEOUT_S = 10.0
GRACE_S = 1.0
START_S = 30.0
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")
_HEADER = struct.Struct("<Q")


class Ask(msgspec.Struct, frozen=True):
    """What the parent sends."""

    sql: str
    params: list[Any] | dict[str, Any]
    relations: dict[str, Relation]
    views: list[str]
    functions: list[str]
    limit: int
    timeout_s: float


class Reply(msgspec.Struct, frozen=True):
    """What the worker answers: rows, or why not."""

    rows: bytes = b""
    truncated: bool = False
    error: str | None = None
    message: str = ""


_ERRORS: dict[str, type[ModelDBError]] = {
    "query": QueryError, "timeout": QueryTimeout, "damaged": StoreDamaged,
}  # fmt: skip


class Worker:
    """Runs statements in another process; a `Runner` for the engine.

    Threads: one statement at a time. The process starts with the first statement, or `warm()`.
    """

    def __init__(
        self,
        *,
        timeout_s: float = TIMEOUT_S,
        row_cap: int = ROW_CAP,
        memory_limit: str = MEMORY_LIMIT,
        headroom: int = HEADROOM,
    ) -> None:
        self._timeout_s = timeout_s
        self._row_cap = row_cap
        self._options = [memory_limit, str(headroom)]
        self._process: subprocess.Popen[bytes] | None = None
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Start the process now, so that the first question does not wait for it."""
        with self._lock:
            self._running()

    def run(
        self, relations: Mapping[str, Source], views: Sequence[str], functions: Sequence[str], sql: str,
        params: Sequence[Any] | Mapping[str, Any], limit: int | None, timeout_s: float | None,
    ) -> Answer:  # fmt: skip
        """The answer, with at most the row cap's rows. Raises what `Session.run` raises."""
        limit = self._row_cap if limit is None else min(limit, self._row_cap)
        timeout_s = self._timeout_s if timeout_s is None else timeout_s
        described = {name: source.described for name, source in relations.items()}
        values = dict(params) if isinstance(params, Mapping) else list(params)
        ask = Ask(sql, values, described, list(views), list(functions), limit, timeout_s)
        with self._lock:
            reply = self._exchange(ask)
        if reply.error is not None:
            raise _ERRORS.get(reply.error, QueryError)(reply.message)
        return _answer(reply)

    def close(self) -> None:
        with self._lock:
            self._kill()
            if self._directory is not None:
                self._directory.cleanup()
                self._directory = None

    def _exchange(self, ask: Ask) -> Reply:
        process = self._running()
        assert process.stdin is not None and process.stdout is not None
        try:
            _send(process.stdin, msgspec.msgpack.encode(ask))
            data = _receive(process.stdout, time.monotonic() + ask.timeout_s + GRACE_S)
        except TimeoutError:
            self._kill()
            raise QueryTimeout(
                f"The query took longer than {ask.timeout_s:g} s and had to be killed; narrow it or raise the limit."
            ) from None
        except (EOFError, BrokenPipeError):
            self._kill()
            raise QueryError("The query used more memory than it may and was ended; narrow it.") from None
        except BaseException:
            self._kill()  # half a reply may still be on its way: the next statement must not read it
            raise
        return msgspec.msgpack.decode(data, type=Reply)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._kill()
        if self._directory is None:
            self._directory = tempfile.TemporaryDirectory(prefix="modeldb-query-")
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "modeldb.query.worker", *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=self._directory.name,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        )
        assert process.stdout is not None
        try:
            _receive(process.stdout, time.monotonic() + START_S)
        except (EOFError, TimeoutError) as error:
            self._kill()
            raise QueryError("The process that runs queries could not be started.") from error
        return process

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    pass


def _send(pipe: IO[bytes], payload: bytes) -> None:
    pipe.write(_HEADER.pack(len(payload)))
    pipe.write(payload)
    pipe.flush()


def _receive(pipe: IO[bytes], deadline: float) -> bytes:
    """One frame. Raises TimeoutError at the deadline, EOFError when the other side is gone."""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        (size,) = _HEADER.unpack(_read_exactly(pipe, _HEADER.size, selector, deadline))
        return _read_exactly(pipe, size, selector, deadline)


def _read_exactly(pipe: IO[bytes], size: int, selector: selectors.BaseSelector, deadline: float) -> bytes:
    chunks = []
    while size:
        if not selector.select(max(0.0, deadline - time.monotonic())):
            raise TimeoutError
        chunk = os.read(pipe.fileno(), min(size, 1 << 20))
        if not chunk:
            raise EOFError
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _answer(reply: Reply) -> Answer:
    import pyarrow as pa

    from modeldb.query.session import Answer

    with pa.ipc.open_stream(pa.py_buffer(reply.rows)) as reader:
        return Answer(reader.read_all(), reply.truncated)


def main() -> None:
    """The worker's side: answer until the parent closes the pipe."""
    memory_limit, headroom = sys.argv[1], int(sys.argv[2])
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not be taken for a reply
    leave_pandas_out()
    for library in ("numpy", "pyarrow.compute"):  # imports cost more than most queries: before the first one
        importlib.import_module(library)

    from modeldb.query.session import Session

    _may_write_nothing()
    opened: dict[str, tuple[Relation, Any]] = {}
    session = Session(memory_limit=memory_limit, threads=2)
    _send(replies, b"ready")
    while header := requests.read(_HEADER.size):
        ask = msgspec.msgpack.decode(requests.read(_HEADER.unpack(header)[0]), type=Ask)
        _send(replies, msgspec.msgpack.encode(_reply(session, opened, ask, headroom)))


def _reply(session: Any, opened: dict[str, tuple[Relation, Any]], ask: Ask, headroom: int) -> Reply:
    try:
        keys = {name: _key(name, relation) for name, relation in ask.relations.items()}
        for name, relation in ask.relations.items():
            known = opened.pop(keys[name], None)
            opened[keys[name]] = known if known is not None and known[0] == relation else (relation, relation.open())
        for key in forgettable(opened, set(keys.values())):
            del opened[key]
        session.attach({name: opened[key][1] for name, key in keys.items()})
        session.define(ask.views)
        session.define_functions(ask.functions)
        _may_add(headroom)
        answer = session.run(ask.sql, ask.params, ask.limit, ask.timeout_s)
        return _encode(answer)
    except QueryTimeout as error:
        return Reply(error="timeout", message=str(error))
    except (StoreDamaged, FileNotFoundError) as error:
        return Reply(error="damaged", message=str(error))
    except MemoryError:
        return Reply(error="query", message="The query used more memory than it may; narrow it.")
    except Exception as error:
        return Reply(error="query", message=str(error))


def _key(name: str, relation: Relation) -> str:
    """What a relation is kept open under: a result of a table function by what it is, for it may get any such name."""
    return f"{name}:{msgspec.json.encode(relation).decode()}" if ":" in name else name


def _encode(answer: Answer) -> Reply:
    import pyarrow as pa

    table, truncated = answer.table, answer.truncated
    if table.nbytes > BYTE_CAP:
        fitting = max(1, table.num_rows * BYTE_CAP // table.nbytes)
        table, truncated = table.slice(0, fitting), True
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Reply(rows=sink.getvalue().to_pybytes(), truncated=truncated)


def _may_write_nothing() -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _may_add(headroom: int) -> None:
    """Limit the address space to what is used now (the mapped files count) and `headroom` more."""
    try:
        import resource

        with open("/proc/self/statm") as statm:
            used = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, OSError):
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = used + headroom
    resource.setrlimit(resource.RLIMIT_AS, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


if __name__ == "__main__":
    main()
