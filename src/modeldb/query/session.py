"""One locked-down DuckDB: an in-memory database that sees registered Arrow and nothing else.

No file, no network, no extension, no Python variable, no setting can be reached from SQL. There is no table to write
to, and what may do more than read runs in a transaction that is rolled back: in DuckDB a SELECT may hold an INSERT in
its WITH, and a PIVOT makes a type.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from modeldb.errors import QueryError, QueryTimeout
from modeldb.query.mistakes import explain
from modeldb.query.relations import forgettable
from modeldb.query.views import FUNCTIONS, VIEWS

if TYPE_CHECKING:
    import pyarrow

BATCH_ROWS = 20_000
INTERRUPT_EVERY = 0.1
"""Seconds between attempts to stop a statement whose time is over."""
LONG_CALL = 80
"""Characters to which a call of a table function is cut short where it is quoted."""
FEW_COLUMNS = 32
"""Tables with more are not exchangeable: all of their columns would be read, whatever a statement asks for."""

_LOCKDOWN = (
    "SET temp_directory = ''",  # before external access goes, or it cannot be set any more
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",
    "SET TimeZone = 'UTC'",
)

_CALL_OR_QUOTED = re.compile(
    rf"""\b(?:lateral\s+)?({"|".join(FUNCTIONS)})\s*\(\s*'([^']*(?:''[^']*)*)'\s*\)"""
    r"""|'[^']*'|"[^"]*"|--[^\n]*|/\*.*?\*/""",
    re.IGNORECASE | re.DOTALL,
)
_WRITES = re.compile(r"\b(insert|update|delete|merge)\b", re.IGNORECASE)
_LISTS_EVERYTHING = re.compile(r"\b(show|information_schema|duckdb_\w+|pragma_\w+|sqlite_master)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What a statement returned."""

    table: pyarrow.Table
    truncated: bool = False
    """True when there are more rows than the limit."""


class Called(NamedTuple):
    """A statement that reads the results of our table functions, each under a name of its own."""

    text: str
    """What is run: for `FROM history('d-3f9a 42')` it has `FROM "history:1"`, filled up with spaces."""
    asked: str
    """What was asked, just as long: arguments of hundreds of ids are cut short."""
    calls: dict[str, tuple[str, str]]
    """Name → function and argument. The names return with every statement: what is attached under one is exchanged."""


def called(sql: str) -> Called:
    """The statement with every call of a table function of ours replaced."""
    calls: dict[str, tuple[str, str]] = {}
    seen: Counter[str] = Counter()

    def named(found: re.Match[str]) -> str:
        if found[1] is None:
            return found[0]
        function = found[1].lower()
        seen[function] += 1
        name = f"{function}:{seen[function]}"
        calls[name] = function, found[2].replace("''", "'")
        return f'"{name}"'.ljust(len(_cut_short(found)))

    return Called(_CALL_OR_QUOTED.sub(named, sql), _CALL_OR_QUOTED.sub(_cut_short, sql), calls)


def _cut_short(found: re.Match[str]) -> str:
    whole = found[0]
    return whole if found[1] is None or len(whole) <= LONG_CALL else whole[: LONG_CALL - 3] + "…')"


def mentioned_views(sql: str) -> list[str]:
    """Views a statement may read. Over-approximates: any word that is a view's name counts."""
    if _LISTS_EVERYTHING.search(sql):
        return list(VIEWS)
    words = set(re.findall(r"\w+", sql.lower()))
    return [name for name in VIEWS if name in words]


class _Exchangeable:
    """A table in whose place another of the same columns may be put without a word to the engine, which needs half a
    millisecond to take in a new one.

    The engine reads all of its columns, and has no idea how many rows there are.
    """

    def __init__(self, table: pyarrow.Table) -> None:
        self._table = table

    def exchange(self, table: Any) -> bool:
        """Put another table in its place, if that has the same columns."""
        same: bool = table is self._table or self._table.schema.equals(getattr(table, "schema", None))
        if same:
            self._table = table
        return same

    def __arrow_c_schema__(self) -> object:
        return self._table.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


class Session:
    """A DuckDB connection and what is attached to it.

    Threads: one statement at a time.
    """

    def __init__(self, *, memory_limit: str | None = None, threads: int | None = None) -> None:
        import duckdb

        self._connection = duckdb.connect(":memory:")
        for setting in _LOCKDOWN:
            self._connection.execute(setting)
        if memory_limit is not None:
            self._connection.execute(f"SET memory_limit = '{memory_limit}'")
        if threads is not None:
            self._connection.execute(f"SET threads = {threads:d}")
        self._connection.execute("SET lock_configuration = true")
        self._attached: dict[str, Any] = {}
        self._defined: set[str] = set()

    def close(self) -> None:
        self._connection.close()
        self._attached.clear()

    def attach(self, relations: Mapping[str, Any]) -> None:
        """Make Arrow tables or datasets readable under these names, replacing earlier ones."""
        alone = len(relations) == 1  # a plan of several wants to know how many rows each has
        for name, relation in relations.items():
            attached = self._attached.pop(name, None)
            if attached is not relation and not (alone and _exchanged(attached, relation)):
                attached = _Exchangeable(relation) if alone and _is_exchangeable(name, relation) else relation
                self._connection.register(name, attached)
            self._attached[name] = attached
        for name in forgettable(self._attached, relations):
            self._connection.unregister(name)
            del self._attached[name]

    def define(self, views: Iterable[str]) -> None:
        """Create public views whose tables are attached."""
        for name in views:
            if name not in self._defined:
                self._connection.execute(f'CREATE VIEW "{name}" AS {VIEWS[name].sql}')
                self._defined.add(name)

    def define_functions(self, names: Iterable[str]) -> None:
        """Create our table functions, for calls that `called` has not replaced: each finds nothing, and says so."""
        for name in names:
            if name not in self._defined:
                self._connection.execute(f"CREATE MACRO {name}(target) AS TABLE FROM query_table('{name}(' || target)")
                self._defined.add(name)

    def run(
        self, sql: str, params: Sequence[Any] | Mapping[str, Any] = (), limit: int | None = None,
        timeout_s: float | None = None,
    ) -> Answer:  # fmt: skip
        """The answer to one reading statement, with at most `limit` rows.

        Raises QueryError when it is not one or cannot be run, QueryTimeout after `timeout_s` seconds.
        """
        import duckdb

        try:
            statement = self._parsed(sql)
            only_reads = statement.type == duckdb.StatementType.SELECT and not _WRITES.search(sql)
            with nullcontext() if only_reads else self._undone(), self._interrupted_after(timeout_s):
                rows = self._connection.sql(statement, params=params or None)
                return _collect(rows.to_arrow_reader(BATCH_ROWS), limit)
        except duckdb.InterruptException as error:
            raise QueryTimeout(
                f"The query took longer than {timeout_s:g} s and was stopped; narrow it or raise the limit."
            ) from error
        except (duckdb.Error, MemoryError) as error:
            raise QueryError(explain(sql, str(error) or "out of memory")) from error

    def _parsed(self, sql: str) -> Any:
        """The one statement in a text, if it only reads."""
        import duckdb

        statements = self._connection.extract_statements(sql)
        if not statements:
            raise QueryError('There is no statement to run; try "SELECT * FROM models".')
        if len(statements) > 1:
            raise QueryError(f"One statement at a time: these are {len(statements)}.")
        kind = statements[0].type
        # PIVOT is the only MULTI statement: it looks up the columns first.
        reading = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.MULTI}
        if kind not in reading:
            raise QueryError(
                f"{kind.name} is not a question: SQL here only reads. Use SELECT, WITH, FROM, PIVOT, DESCRIBE, "
                "SUMMARIZE, SHOW or EXPLAIN."
            )
        return statements[0]

    @contextmanager
    def _undone(self) -> Iterator[None]:
        import duckdb

        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            try:
                self._connection.execute("ROLLBACK")
            except duckdb.TransactionException:
                pass

    @contextmanager
    def _interrupted_after(self, seconds: float | None) -> Iterator[None]:
        if seconds is None:
            yield
            return
        done = threading.Event()

        def interrupt() -> None:
            pause = seconds
            while not done.wait(pause):  # again and again: between two steps of a statement it has no effect
                self._connection.interrupt()
                pause = INTERRUPT_EVERY

        thread = threading.Thread(target=interrupt, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def _is_exchangeable(name: str, relation: Any) -> bool:
    """True for a narrow table that a table function returned: there is another one at every call."""
    import pyarrow as pa

    return ":" in name and isinstance(relation, pa.Table) and relation.num_columns <= FEW_COLUMNS


def _exchanged(attached: Any, relation: Any) -> bool:
    return isinstance(attached, _Exchangeable) and attached.exchange(relation)


def _collect(reader: Any, limit: int | None) -> Answer:
    import pyarrow as pa

    if limit is None:
        return Answer(reader.read_all())
    batches, rows = [], 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        if rows > limit:
            break
    table = pa.Table.from_batches(batches, schema=reader.schema)
    return Answer(table.slice(0, limit), rows > limit)
