"""SQL in, a Result out: finds what a statement reads, brings it up to date and runs it.

Catalog tables come from the replica; tables that are computed (`lineage`, `versions`) or belong to another part
(`predictions`) from providers, called only when a statement mentions them and again only when the catalog moved on.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from modeldb.errors import InvalidInput, QueryError, StoreDamaged
from modeldb.query.mistakes import quoting
from modeldb.query.relations import Mapped, ParquetFiles, Relation, forgettable
from modeldb.query.result import Result
from modeldb.query.segments import Manifest, forget_old, read_manifest, write_manifest, write_segment
from modeldb.query.session import Answer, Session, called, mentioned_views
from modeldb.query.shapes import SHAPES
from modeldb.query.views import VIEWS

if TYPE_CHECKING:
    import pyarrow

    from modeldb.query.replica import CatalogReader

Tables = Callable[[Iterable[str]], "dict[str, pyarrow.Table]"]
"""Gives a provider the catalog tables it asks for."""

Provider = Callable[[Tables], "pyarrow.Table | ParquetFiles | Source"]
"""Makes the table behind a view that is not in the catalog. A Source is opened by its own means and not kept."""

Function = Callable[[Tables, str], "pyarrow.Table | ParquetFiles | Source"]
"""Makes the table a table function returns for an argument. Raises NotFound for one that names nothing."""


class Runner(Protocol):
    """Where statements run."""

    def run(
        self, relations: Mapping[str, Source], views: Sequence[str], functions: Sequence[str], sql: str,
        params: Sequence[Any] | Mapping[str, Any], limit: int | None, timeout_s: float | None,
    ) -> Answer: ...  # fmt: skip

    def close(self) -> None: ...


class Source:
    """A relation in two forms: opened here and, when asked for, described for another process."""

    def __init__(self, opened: Any, describe: Callable[[], Relation]) -> None:
        self.opened = opened
        self._describe = describe

    @functools.cached_property
    def described(self) -> Relation:
        return self._describe()


class InProcess:
    """Runs statements in this process: for the user's own SQL.

    A result's rows are copied, so nothing refers to the session afterwards.
    """

    def __init__(self) -> None:
        self._session: Session | None = None

    def run(
        self, relations: Mapping[str, Source], views: Sequence[str], functions: Sequence[str], sql: str,
        params: Sequence[Any] | Mapping[str, Any], limit: int | None, timeout_s: float | None,
    ) -> Answer:  # fmt: skip
        if self._session is None:
            self._session = Session()
        self._session.attach({name: source.opened for name, source in relations.items()})
        self._session.define(views)
        self._session.define_functions(functions)
        return self._session.run(sql, params, limit, timeout_s)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


class Engine:
    """Answers SQL over one store.

    Threads: may be called from several; statements run one at a time.
    """

    def __init__(
        self,
        catalog: CatalogReader,
        cache: Path,
        *,
        providers: Mapping[str, Provider] | None = None,
        functions: Mapping[str, Function] | None = None,
        runner: Runner | None = None,
    ) -> None:
        from modeldb.query.replica import Replica

        self._cache = cache
        self._replica = Replica(cache / "replica", catalog)
        self._providers = dict(providers or {})
        self._functions = dict(functions or {})
        self._runner = runner or InProcess()
        self._provided: dict[str, Source] = {}
        self._provided_at = -1
        self._lock = threading.RLock()

    def execute(
        self,
        sql: str,
        params: Sequence[Any] | Mapping[str, Any] = (),
        limit: int | None = None,
        timeout_s: float | None = None,
    ) -> Result:
        """The rows of one reading statement over the public views.

        `params` fill `?` or `$name`. With a `limit` at most so many rows come back and `Result.truncated` tells.
        Raises QueryError for SQL that cannot be run, QueryTimeout when it takes longer than `timeout_s`, InvalidInput
        for a limit below 0.
        """
        if limit is not None and limit < 0:
            raise InvalidInput(f"limit is {limit}; give a number of rows, or None for all.")
        with self._lock:
            try:
                answer = self._answer(sql, params, limit, timeout_s)
            except StoreDamaged:
                # A file of the cache is damaged or was replaced under us: it can be made again.
                self._replica.forget()
                self._provided.clear()
                answer = self._answer(sql, params, limit, timeout_s)
        return Result.from_arrow(answer.table, truncated=answer.truncated)

    def tables(self, names: Iterable[str]) -> dict[str, pyarrow.Table]:
        """Catalog tables as Arrow, as of now."""
        return self._replica.tables(names)

    def close(self) -> None:
        with self._lock:
            self._runner.close()

    def _answer(self, sql: str, params: Any, limit: int | None, timeout_s: float | None) -> Answer:
        text, asked, calls = called(sql)
        views = mentioned_views(text)
        sources = self._sources({table for view in views for table in VIEWS[view].tables})
        sources |= {name: self._called(*call) for name, call in calls.items()}
        functions = sorted(_functions_named(text, self._functions))
        try:
            return self._runner.run(sources, views, functions, text, params, limit, timeout_s)
        except QueryError as error:
            raise type(error)(quoting(asked, text, str(error))) from error

    def _sources(self, names: Iterable[str]) -> dict[str, Source]:
        names = sorted(names)
        sources = {}
        for name, table in self._replica.tables(n for n in names if n in SHAPES).items():
            sources[f"_{name}"] = Source(table, functools.partial(self._replica.described, name))
        for name in names:
            if f"_{name}" not in sources:
                sources[f"_{name}"] = self._provide(name)
        return sources

    def _provide(self, name: str) -> Source:
        """The table behind a view that is not in the catalog. Kept on disk too, for the next process."""
        if name not in self._providers:
            raise QueryError(f"The table behind {name} cannot be filled here: that part is not installed.")
        entry = self._entry()
        if name not in self._provided:
            kept = Kept(self._cache / "computed" / name, name, entry, self._replica.anchor(entry))
            self._provided[name] = kept.read() or kept.write(self._providers[name](self._replica.tables))
        return self._provided[name]

    def _called(self, name: str, argument: str) -> Source:
        if name not in self._functions:
            raise QueryError(f"{name}(…) cannot be answered here: that part is not installed.")
        self._entry()
        key = f"{name}:{argument}"
        found = self._provided.pop(key, None)
        if found is None:
            made = self._functions[name](self._replica.tables, argument)
            found = passing(made, self._cache / "computed" / "calls")
        self._provided[key] = found
        for old in forgettable(self._provided, [key]):
            del self._provided[old]
        return found

    def _entry(self) -> int:
        """The catalog's entry. What was made for an earlier one is forgotten."""
        entry = self._replica.entry()
        if entry != self._provided_at:
            self._provided.clear()
            self._provided_at = entry
        return entry


class Kept:
    """A computed table in the cache, for as long as the catalog stays at the entry it was computed at."""

    def __init__(self, directory: Path, name: str, entry: int, anchor: str) -> None:
        self._directory = directory
        self._name = name
        self._entry = entry
        self._anchor = anchor

    def read(self) -> Source | None:
        """The kept table, or None when there is none of this entry of this catalog."""
        manifest = read_manifest(self._directory)
        if manifest is None or manifest.table != self._name:
            return None
        if (manifest.entry, manifest.anchor) != (self._entry, self._anchor):
            return None
        described = Mapped(str(self._directory), manifest.segments)
        try:
            return Source(described.open(), lambda: described)
        except (StoreDamaged, FileNotFoundError):
            return None

    def write(self, made: pyarrow.Table | ParquetFiles | Source) -> Source:
        """Keep a table; files that are a store of their own are only pointed to."""
        if isinstance(made, Source):
            return made
        if isinstance(made, ParquetFiles):
            return Source(made.open(), lambda: made)
        described = _map(made, self._directory)
        manifest = Manifest(self._name, self._entry, described.segments, "computed", anchor=self._anchor)
        write_manifest(self._directory, manifest)
        return Source(made, lambda: described)


def passing(made: pyarrow.Table | ParquetFiles | Source, directory: Path) -> Source:
    """A source for one statement: written to disk only when another process needs it."""
    if isinstance(made, Source):
        return made
    if isinstance(made, ParquetFiles):
        return Source(made.open(), lambda: made)

    def describe() -> Mapped:
        described = _map(made, directory)
        forget_old(directory, {segment.file for segment in described.segments})
        return described

    return Source(made, describe)


def _map(table: pyarrow.Table, directory: Path) -> Mapped:
    import numpy as np

    return Mapped(str(directory), [write_segment(directory, table, np.empty(0, dtype=np.int64))])


def _functions_named(sql: str, functions: Iterable[str]) -> set[str]:
    """Our functions a statement names without a literal argument: defined too, so that the mistake is explained."""
    squeezed = sql.lower().replace(" ", "")
    return {name for name in functions if f"{name}(" in squeezed}
