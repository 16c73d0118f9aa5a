"""One locked-down DuckDB: an in-memory database that sees registered Arrow and nothing else.

No file, no network, no extension, no Python variable, no setting can be reached from SQL. Every statement runs in a
transaction that is rolled back, because in DuckDB a SELECT may hold an INSERT in its WITH.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import xxhash

from modeldb.errors import QueryError, QueryTimeout
from modeldb.query.mistakes import explain
from modeldb.query.relations import forgettable
from modeldb.query.views import FUNCTIONS, VIEWS

if TYPE_CHECKING:
    import pyarrow

BATCH_ROWS = 20_000
LONG_ARGUMENT = 200
"""Characters from which on a table function's argument goes by its digest."""

_LOCKDOWN = (
    "SET temp_directory = ''",  # before external access goes, or it cannot be set any more
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",
    "SET TimeZone = 'UTC'",
)

_FUNCTION_CALL = re.compile(rf"\b({'|'.join(FUNCTIONS)})\s*\(\s*'([^']*(?:''[^']*)*)'\s*\)", re.IGNORECASE)
_LISTS_EVERYTHING = re.compile(r"\b(show|information_schema|duckdb_\w+|pragma_\w+|sqlite_master)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """What a statement returned."""

    table: pyarrow.Table
    truncated: bool = False
    """True when there are more rows than the limit."""


def mentioned_views(sql: str) -> list[str]:
    """Views a statement may read. Over-approximates: any word that is a view's name counts."""
    sql = _FUNCTION_CALL.sub(" ", sql)  # arguments may be hundreds of ids
    if _LISTS_EVERYTHING.search(sql):
        return list(VIEWS)
    words = set(re.findall(r"\w+", sql.lower()))
    return [name for name in VIEWS if name in words]


def mentioned_calls(sql: str) -> list[tuple[str, str]]:
    """(function, argument) of our table functions called with a literal."""
    calls = ((name.lower(), _unquoted(text)) for name, text in _FUNCTION_CALL.findall(sql))
    return list(dict.fromkeys(calls))


def shortened(sql: str) -> str:
    """The same statement with long arguments of our table functions as `relation_name` has them.

    A table function is a macro, and the engine works out its argument anew at every step of planning: with the ids of
    two hundred models that takes longer than the query.
    """

    def short(call: re.Match[str]) -> str:
        argument = _unquoted(call[2])
        return f"{call[1]}('{_short(argument)}')" if len(argument) > LONG_ARGUMENT else call[0]

    return _FUNCTION_CALL.sub(short, sql)


def relation_name(function: str, argument: str) -> str:
    """Under which name the result of a call is attached: `function:argument`, a long argument by its digest."""
    return f"{function}:{_short(argument)}"


def _short(argument: str) -> str:
    return argument if len(argument) <= LONG_ARGUMENT else xxhash.xxh3_128_hexdigest(argument.encode())


def _unquoted(literal: str) -> str:
    return literal.replace("''", "'")


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
        for name, relation in relations.items():
            if self._attached.pop(name, None) is not relation:
                self._connection.register(name, relation)
            self._attached[name] = relation
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
        """Create our table functions; each reads what is attached as `function:argument`."""
        for name in names:
            if name not in self._defined:
                self._connection.execute(
                    f"CREATE MACRO {name}(target) AS TABLE SELECT * FROM query_table('{name}:' || target)"
                )
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
            with self._undone(), self._interrupted_after(timeout_s):
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
        timer = threading.Timer(seconds, self._connection.interrupt)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


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
