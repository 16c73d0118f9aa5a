"""`Database`: where the parts meet, and what every door calls.

A question first moves what journals hold into the catalog, so whatever was recorded before it is in the answer.
"""

from __future__ import annotations

import functools
import math
import os
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from modeldb.catalog import Catalog, DrainReport, drain, open_catalog, waiting
from modeldb.errors import InvalidInput, StoreError, StoreReadOnly
from modeldb.handles import Action, Dataset, Model, Run
from modeldb.query import ids, lists
from modeldb.query.result import Result
from modeldb.store import StoreLayout, check_format, find_store

if TYPE_CHECKING:
    import pyarrow

    from modeldb.core.actions import Annotated
    from modeldb.examples.functions import Functions as ExampleFunctions
    from modeldb.examples.questions import Examples
    from modeldb.examples.tables import Tables as ExampleTables
    from modeldb.history.compare import Diff
    from modeldb.history.log import Log
    from modeldb.objects import ObjectStore
    from modeldb.query.engine import Engine


def open(url: str | os.PathLike[str] | None = None) -> Database:
    """The store at a directory, or the one that is meant here: MODELDB_STORE, the nearest `.modeldb/`, or your own.

    Raises NotFound when there is none, StoreTooNew when a later version wrote it.
    """
    return Database(find_store(url))


@dataclass(frozen=True)
class Changes:
    """What is new since an entry. Ask again with `entry` to follow."""

    entry: int
    runs: list[str]
    models: list[str]
    datasets: list[str]
    metrics: int
    """How many values were measured."""
    annotations: list[str]
    """Ids of what was tagged or noted."""


class Database:
    """Answers questions about one store, and takes notes about what is in it.

    Threads: may be used from several. Close it, or use it in a `with`.
    """

    def __init__(self, layout: StoreLayout) -> None:
        check_format(layout)
        self.layout = layout
        """Where the store's files are."""
        self.warnings: list[str] = []
        """What keeps the answers from being complete: journals that could not be read or applied."""
        self._lock = threading.RLock()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._objects: ObjectStore | None = None
        self._engines: dict[bool, Engine] = {}
        self.catalog = _catalog(layout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of files and processes. Closing again does nothing."""
        with self._lock:
            for engine in self._engines.values():
                engine.close()
            self._engines.clear()
            if self._objects is not None:
                self._objects.close()
                self._objects = None
            self.catalog.close()
            if self._temporary is not None:
                self._temporary.cleanup()
                self._temporary = None

    def sync(self) -> DrainReport:
        """Move everything the journals hold into the catalog and say what was done.

        Raises StoreError when the catalog cannot be written; nothing is lost then, the journals keep it.
        """
        report = drain(self.layout.journal, self.catalog)
        self.warnings = [str(problem) for problem in report.problems]
        return report

    # SQL

    def sql(
        self,
        query: str,
        params: Sequence[Any] | Mapping[str, Any] = (),
        *,
        limit: int | None = None,
        timeout_s: float | None = None,
        isolated: bool = False,
    ) -> Result:
        """The answer to one reading SQL statement over the public views; see docs/sql.md.

        `isolated` runs it in a process of its own with limits on time, memory and rows: for SQL written by somebody
        else. Raises QueryError for SQL that cannot be run.
        """
        self._fresh()
        return self._engine(isolated).execute(query, params, limit, timeout_s)

    # Lists

    def projects(self) -> Result:
        """Projects with how many runs and models they have, the most recently used first."""
        self._fresh()
        return lists.projects(self.catalog)

    def runs(self, **filters: Any) -> Result:
        """Runs, newest first. Filters: project, experiment, status, name, script, user, host, git_commit, tag, and
        limit (50), hidden."""
        self._fresh()
        return lists.runs(self.catalog, **filters)

    def models(self, **filters: Any) -> Result:
        """Models, newest first, or the best by a metric: `db.models(by="accuracy_score", limit=10)`.

        Filters: project, run, type, name, library, problem_type, dataset, version, tag, role, and limit (50), by,
        ascending, hidden.
        """
        self._fresh()
        return lists.models(self.catalog, **self._resolved(filters, run="run", dataset="dataset", version="version"))

    def datasets(self, **filters: Any) -> Result:
        """Datasets, the last one met first. Filters: name, source, kept, run, project, tag, column, and limit (50)."""
        self._fresh()
        return lists.datasets(self.catalog, **self._resolved(filters, run="run"))

    def actions(self, **filters: Any) -> Result:
        """Actions, newest first. Filters: run, kind, operation, library, status, file, depth, and limit (50)."""
        self._fresh()
        return lists.actions(self.catalog, **self._resolved(filters, run="run"))

    # One thing

    def resolve(self, text: str, *kinds: str) -> tuple[str, str]:
        """(kind, id) of what a unique prefix, a name or a tag means. Raises NotFound or Ambiguous."""
        self._fresh()
        return ids.resolve(self.catalog, text, kinds)

    def run(self, run: str) -> Run:
        """The run with this id, prefix, name or tag."""
        return Run(self, self.resolve(run, "run")[1])

    def model(self, model: str) -> Model:
        """The model with this id, prefix, name or tag."""
        return Model(self, self.resolve(model, "model")[1])

    def dataset(self, dataset: str) -> Dataset:
        """The dataset with this id, prefix, name or tag."""
        return Dataset(self, self.resolve(dataset, "dataset")[1])

    def action(self, action: str) -> Action:
        """The action with this id or prefix."""
        return Action(self, self.resolve(action, "action")[1])

    def facts(self, target: str, *kinds: str) -> dict[str, Any]:
        """Everything known about one thing, as plain values."""
        from modeldb.history.describe import describe

        return describe(self.catalog, *self.resolve(target, *kinds))

    def show(self, target: str, width: int | None = None) -> str:
        """Everything known about one thing, as text, with how it came to be."""
        from modeldb.history.render import render

        return render(self.facts(target), width)

    def lineage(self, target: str, direction: str = "up") -> Result:
        """What something came from (`up`), what came of it (`down`), or `both`; the nearest first.

        Columns: id, kind, distance (negative for what came of it), what (an operation, or a name).
        """
        from modeldb.history.ancestry import lineage

        if direction not in ("up", "down", "both"):
            raise InvalidInput(f'{direction!r} is no direction; there are "up", "down" and "both".')
        return lineage(self.catalog, *self.resolve(target), direction)

    # Several

    def diff(self, a: str, b: str, *, full: bool = False) -> Diff:
        """What is different between two runs, two models or two datasets.

        Left out unless `full`: the defaults of estimators that took each other's place, and all but the largest
        changes of importances and coefficients.

        Raises InvalidInput when they are not of one kind.
        """
        from modeldb.history.compare import compare

        (kind, first), (other, second) = self.resolve(a), self.resolve(b)
        if kind != other:
            raise InvalidInput(f"{a} is a {kind} and {b} is a {other}: only things of one kind can be compared.")
        return compare(self.catalog, kind, first, second, self._read_bytes, full=full)

    def similar_models(
        self, model: str, by: str = "hyperparameters", *, limit: int | None = 10, role: str | None = "model"
    ) -> Result:
        """The models nearest to one, nearest first.

        `by` says what is compared, and so with which models:

        - "hyperparameters": Gower's similarity over what any model of the same class has not left at its default;
          numbers by their place in the range, anything else equal or not. Compared are models of the same class.
        - "parts": Jaccard's similarity of the parts (arrays, trees, vocabularies), weighed by their bytes. Compared
          are models of any class that share a part.
        - "weights": 1 - |a - b| / (|a| + |b|) over sketches of the weights. Compared are models of the same class
          with as many features.
        - "predictions": the share of common examples that both put in the same class, or Lin's concordance
          correlation of numbers; on a fixed sample of 4,096 examples where there are more. Compared are models with
          at least 10 examples in common, on whatever datasets.

        `role` is what the others must be: `model`, `step`, `candidate`, or None for all. Columns: model_id, type,
        name, similarity (1 where nothing compared differs), compared (in words), metrics, created_at, run_id,
        project. The SQL of all but the last is the `sql` of the result. Raises NotFound for a model there is not or
        about which nothing is known to compare, InvalidInput for another `by` or `role`.
        """
        from modeldb.history.similar import STATEMENTS, Near, by_statement, similar

        def predictions(model_id: str, role: str) -> tuple[Sequence[Near], None]:
            from modeldb.examples.similar import agreeing

            return agreeing(self.example_tables, model_id), None

        model_id = self.resolve(model, "model")[1]
        measures = {name: by_statement(name, self._engine(False).execute) for name in STATEMENTS}
        return similar(self.catalog, model_id, by, {**measures, "predictions": predictions}, limit, role)

    def log(self, *, graph: bool = False, limit: int | None = 20, **filters: Any) -> Log:
        """Runs with their models, newest first, and what each did differently; `graph` draws the tree of versions."""
        from modeldb.history.log import read_log

        self._fresh()
        return read_log(self.catalog, graph=graph, limit=limit, **filters)

    def changes(self, since_entry: int = 0) -> Changes:
        """What is new since an entry, for those who follow along; `changes().entry` is where to begin."""
        from modeldb.history.ancestry import changed

        self._fresh()
        return Changes(**changed(self.catalog, since_entry))

    # Notes

    def tag(self, target: str, key: str, value: str | None = "") -> str:
        """Tag anything that has an id; None takes the tag away. Returns the id."""
        return self._annotate(target, "tag", key, value)

    def note(self, target: str, text: str | None, key: str | None = None) -> str:
        """Write a note about anything that has an id; with the same `key` it replaces the earlier one."""
        return self._annotate(target, "note", key or os.urandom(4).hex(), text)

    def hide(self, target: str, hidden: bool = True) -> str:
        """Leave something out of lists and the log, or take it back in. Nothing is deleted."""
        return self._annotate(target, "tag", "hidden", "" if hidden else None)

    def annotate(self, annotations: Iterable[Annotated]) -> None:
        """Write tags and notes, whose targets are full ids. All of them are in the catalog when this returns.

        Raises StoreReadOnly or StoreError when they cannot be written.
        """
        from modeldb.core import codec
        from modeldb.journal import JournalWriter

        journal = JournalWriter.create(self.layout.journal)
        try:
            for annotation in annotations:
                journal.append(codec.encode(annotation))
        finally:
            journal.close()
        self.sync()

    # The parts

    @property
    def objects(self) -> ObjectStore:
        """The store of models and other bytes."""
        with self._lock:
            if self._objects is None:
                from modeldb.objects import open_store

                readonly = not os.access(self.layout.objects, os.W_OK)
                self._objects = open_store(self.layout.objects, readonly=readonly)
            return self._objects

    @functools.cached_property
    def examples(self) -> Examples[Result]:
        """Questions about single examples: who disagrees on which, what is always wrong, how one fared."""
        from modeldb.examples.direct import Direct
        from modeldb.examples.questions import Examples

        def tables() -> ExampleTables:
            self._fresh()
            return self.example_tables

        def run(sql: str, table: pyarrow.Table | None = None) -> Result:
            result = self._engine(False).execute(sql) if table is None else Result.from_arrow(table)
            result.sql = sql
            return result

        return Examples(tables, lambda: Direct(self.example_functions), run, self.resolve)

    def evaluate(
        self,
        metric: str | Callable[..., float],
        *,
        models: Sequence[str] | None = None,
        dataset: str | None = None,
        labels: str | None = None,
        on: str | None = None,
        trust: bool = False,
        progress: Callable[[int, int], None] | None = None,
        **options: Any,
    ) -> Result:
        """A metric over what models said about a dataset, for any number of models; recorded like any evaluation.

        `metric` is one of scikit-learn's by name, or a function of the truth and what was said; `options` are passed
        to it. Kept predictions are used; a model that has none is loaded and predicts on the kept values. `models`
        are all that have predictions there unless named; `labels` names the dataset of the truth where no judgement
        has told it; `on` is "predictions" or "scores" where the metric does not say. `progress` is told (done, of).

        Columns: model_id, dataset_id, metric, value, predicted, error; the largest values first.
        """
        from modeldb.examples.evaluate import Evaluator

        self._fresh()
        chosen, dataset_id = self.examples.which(models, dataset)
        truth = None if labels is None else self.resolve(labels, "dataset")[1]
        evaluator = Evaluator(self.example_tables, self.layout.journal, self.catalog.query, trust)
        found = evaluator.run(metric, chosen, dataset_id, labels=truth, on=on, options=options, progress=progress)
        self.objects.flush()
        self.sync()
        rows = [(e.model_id, e.dataset_id, e.metric, e.value, e.predicted, e.error) for e in found]
        rows.sort(key=lambda row: (1, 0.0) if row[3] is None or math.isnan(row[3]) else (0, -row[3]))
        return Result(("model_id", "dataset_id", "metric", "value", "predicted", "error"), rows)

    @functools.cached_property
    def example_tables(self) -> ExampleTables:
        """Predictions and kept rows, as tables."""
        from modeldb.examples.sets import Place
        from modeldb.examples.tables import Tables

        return Tables(Place(self.objects, self.layout.examples), self._cache(), self.catalog.query)

    @functools.cached_property
    def example_functions(self) -> ExampleFunctions:
        """The table functions about examples."""
        from modeldb.examples.functions import Functions

        return Functions(self.example_tables)

    def _annotate(self, target: str, kind: str, key: str, value: str | None) -> str:
        from modeldb.core.actions import Annotated
        from modeldb.core.ids import now
        from modeldb.core.users import user_name

        identifier = self.resolve(target)[1]
        self.annotate([Annotated(identifier, kind, key, value, user_name(), now())])
        return identifier

    def _fresh(self) -> None:
        """Everything recorded so far is in the catalog; what stands in the way becomes a warning."""
        if self.catalog.readonly:
            n = len(waiting(self.layout.journal, self.catalog))
            where = "in a journal" if n == 1 else f"in {n} journals"
            missing = f"What was recorded last is missing here, {where}: this store may only be read by you."
            self.warnings = [missing] if n else []
            return
        try:
            self.sync()
        except StoreError as error:
            self.warnings = [f"What was recorded last is missing here: {error}"]

    def _resolved(self, filters: dict[str, Any], **kinds: str) -> dict[str, Any]:
        """The filters, with ids in full."""
        found = {
            name: ids.resolve(self.catalog, filters[name], [kind])[1]
            for name, kind in kinds.items()
            if filters.get(name)
        }
        return {**filters, **found}

    def _read_bytes(self, digest: str) -> bytes:
        return self.objects.get_bytes(digest)

    def _engine(self, isolated: bool) -> Engine:
        with self._lock:
            if isolated not in self._engines:
                from modeldb.engines import open_engine

                self._engines[isolated] = open_engine(self, self._cache(), isolated=isolated)
            return self._engines[isolated]

    def _cache(self) -> Path:
        """The store's cache, or a temporary one where that cannot be written."""
        try:
            self.layout.cache.mkdir(parents=True, exist_ok=True)
            if os.access(self.layout.cache, os.W_OK):
                return self.layout.cache
        except OSError:
            pass
        if self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="modeldb-cache-")
        return Path(self._temporary.name)


def _catalog(layout: StoreLayout) -> Catalog:
    if os.access(layout.root, os.W_OK):
        try:
            return open_catalog(layout.catalog)
        except StoreReadOnly:
            pass
    return open_catalog(layout.catalog, readonly=True)
