"""Runs, models, datasets and actions as objects: their facts as attributes, their questions as methods."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any, ClassVar

from modeldb.errors import NotFound
from modeldb.query.result import Result

if TYPE_CHECKING:
    from modeldb.database import Database
    from modeldb.history.compare import Diff


class Handle:
    """One thing in a store. Its facts are attributes: `db.run("r-3f").status`; `facts` has them all."""

    kind: ClassVar[str]

    def __init__(self, db: Database, identifier: str) -> None:
        self._db = db
        self.id = identifier
        """The full id."""

    @functools.cached_property
    def facts(self) -> dict[str, Any]:
        """Everything known, as plain values; read once."""
        return self._db.facts(self.id, self.kind)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "facts":
            # Not even looked for among the facts: a copy asks before it has any, and would ask without end.
            raise AttributeError(f"a {self.kind} has no {name!r}")
        if name in self.facts:
            return self.facts[name]
        raise AttributeError(f"a {self.kind} has no {name!r}; it has {', '.join(sorted(self.facts))}")

    def lineage(self, direction: str = "up") -> Result:
        """What it came from (`up`), what came of it (`down`), or `both`."""
        return self._db.lineage(self.id, direction)

    def show(self) -> str:
        """Everything about it as text."""
        return self._db.show(self.id)

    def tag(self, key: str, value: str = "") -> None:
        """Tag it."""
        self._db.tag(self.id, key, value)

    def note(self, text: str) -> None:
        """Write a note about it."""
        self._db.note(self.id, text)

    def diff(self, other: Handle | str) -> Diff:
        """What is different in another one."""
        return self._db.diff(self.id, other if isinstance(other, str) else other.id)

    def __repr__(self) -> str:
        facts = self.facts
        what = facts.get("type") or facts.get("operation") or facts.get("name") or ""
        return f"<{self.kind} {self.id} {what}>".replace(" >", ">")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)


class Run(Handle):
    """One execution of a script."""

    kind = "run"

    @property
    def models(self) -> list[Model]:
        """The models its script fitted itself, in order."""
        return [Model(self._db, model["model_id"]) for model in self.facts["models"]]

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of every metric; of several models, that of the last."""
        return _last(self.facts["metrics"])

    @property
    def actions(self) -> Result:
        """What it did, newest first."""
        return self._db.actions(run=self.id, limit=None)


class Model(Handle):
    """A fitted model."""

    kind = "model"

    def load(self, *, trust: bool = False) -> Any:
        """The fitted model itself; its predictions are those it had when it was recorded.

        A model kept by somebody else is only loaded when that cannot run code; else UntrustedObject is raised, and
        `trust=True` says that you trust whoever wrote the store. Raises NotFound when the content was not kept.
        """
        digest = self.facts["digest"]
        if digest is None:
            reason = self.facts["store_error"] or "models were not kept in that run"
            raise NotFound(f"The content of model {self.id} is not in the store: {reason}.")
        return self._db.objects.load(digest, trust=trust)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """Every hyperparameter as a Python value; objects are the name of their type."""
        return {h["name"]: _value(h["value"], h["type"]) for h in self.facts["hyperparameters"]}

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of every metric that judged it."""
        return _last(self.facts["metrics"])

    @property
    def features(self) -> Result:
        """Its features with importance and coefficient, the strongest first."""
        columns = ("name", "importance", "coefficient")
        return Result(columns, [tuple(row[name] for name in columns) for row in self.facts["features"]])

    @property
    def parts(self) -> list[Model]:
        """The steps of a composite, the candidates of a search."""
        return [Model(self._db, part["model_id"]) for part in self.facts["parts"]]

    @property
    def run(self) -> Run:
        return Run(self._db, self.facts["run_id"])

    @property
    def train_dataset(self) -> Dataset | None:
        """The dataset it was fitted on."""
        identifier = self.facts["train_dataset_id"]
        return Dataset(self._db, identifier) if identifier else None


class Dataset(Handle):
    """A table or array, by content."""

    kind = "dataset"

    def load(self) -> Any:
        """The values, as a frame or series of pandas if they were one, else as an array of numpy.

        Raises NotFound when they were not kept, StoreDamaged when they do not come back as they were.
        """
        return self._db.example_tables.load(self.id)

    @property
    def columns(self) -> Result:
        """Its columns with their statistics."""
        names = ("position", "name", "dtype", "n_null", "n_distinct", "min", "max", "mean", "std", "digest")
        return Result(names, [tuple(row[name] for name in names) for row in self.facts["columns"]])

    @property
    def models(self) -> list[Model]:
        """Models fitted on it, newest first."""
        return [Model(self._db, model["model_id"]) for model in self.facts["trained"]]


class Action(Handle):
    """One thing that happened."""

    kind = "action"

    @property
    def run(self) -> Run:
        return Run(self._db, self.facts["run_id"])

    @property
    def params(self) -> dict[str, Any]:
        """Its arguments as Python values."""
        return {p["name"]: _value(p["value"], p["type"]) for p in self.facts["params"]}


def _last(metrics: list[dict[str, Any]]) -> dict[str, float]:
    return {f"{m['name']}[{m['label']}]" if m["label"] else m["name"]: m["value"] for m in metrics}


def _value(text: str | None, kind: str) -> Any:
    """The Python value of a hyperparameter's text."""
    if text is None or kind == "none":
        return None
    match kind:
        case "int" | "float":
            return int(text) if kind == "int" else float(text)
        case "bool":
            return text == "True"
        case "list" | "dict":
            try:
                return json.loads(text)
            except ValueError:
                return text
    return text
