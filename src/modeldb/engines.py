"""The SQL engine over a database: what fills the views that are not tables of its catalog, and answers functions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeldb.examples.lazy import Predictions
from modeldb.history import closure, versions
from modeldb.history.similar import sketches_table
from modeldb.query import ids
from modeldb.query.engine import Engine, InProcess, Source, Tables
from modeldb.query.relations import Elsewhere
from modeldb.query.worker import Worker

if TYPE_CHECKING:
    import pyarrow

    from modeldb.database import Database


def open_engine(db: Database, cache: Path, *, isolated: bool) -> Engine:
    """An engine that runs statements in this process or, `isolated`, in one of its own with limits."""
    runner = Worker() if isolated else InProcess()
    return Engine(db.catalog, cache, providers=_providers(db, cache), functions=_functions(db), runner=runner)


def _providers(db: Database, cache: Path) -> dict[str, Callable[[Tables], Any]]:
    return {
        "lineage": closure.lineage_table,
        "versions": lambda tables: versions.versions_table(db.catalog),
        "predictions": lambda tables: _predictions(db, cache),
        "sketches": lambda tables: sketches_table(db.catalog),
    }


def _functions(db: Database) -> dict[str, Callable[[Tables, str], Any]]:
    about_examples = db.example_functions.named()
    return {
        "ancestors": functools.partial(_reachable, db, upward=True),
        "descendants": functools.partial(_reachable, db, upward=False),
        **{name: functools.partial(_asked, ask) for name, ask in about_examples.items()},
    }


def _asked(ask: Callable[[str], pyarrow.Table], tables: Tables, target: str) -> pyarrow.Table:
    return ask(target)


def _predictions(db: Database, cache: Path) -> Source:
    """The predictions, for this process and for one that runs other people's queries."""

    def describe() -> Elsewhere:
        paths = {"objects": db.layout.objects, "examples": db.layout.examples, "catalog": db.layout.catalog}
        arguments = {name: str(path) for name, path in paths.items()} | {"cache": str(cache)}
        entry = str(db.catalog.last_entry())
        return Elsewhere("modeldb.examples.opening:predictions", arguments | {"entry": entry})

    return Source(Predictions(db.example_tables), describe)


def _reachable(db: Database, tables: Tables, target: str, *, upward: bool) -> pyarrow.Table:
    return closure.reachable_table(tables, ids.resolve(db.catalog, target)[1], upward=upward)
