"""What the other processes of a run have made.

A worker is handed its data by another process and so has not seen where they came from. The journals of the run say
it: every action is in one of them before the data it made can be handed on. Of a model that comes from another process,
in either direction, they say what is in it, a moment after the fit.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from modeldb.client import values
from modeldb.client.origins import Known, KnownModel, Origins
from modeldb.client.session import Session
from modeldb.core import codec
from modeldb.core.actions import Action, DatasetSeen, ModelIndexed
from modeldb.journal.reader import clients, read
from modeldb.objects.columns import ColumnDigest, TableDigest

PATIENCE_S = 2.0
"""How long, in all, a process waits for models of others that were fitted but not yet taken apart."""

Parts = frozenset[tuple[str, str | None]]
"""Where in a model which content is."""


class Others:
    """Reads what is new in the journals of the run's other processes, when this one meets what it cannot place."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: dict[str, tuple[int, int]] = {}
        self._of_others: set[str] = set()
        """Journals of other runs."""
        self._tables: dict[str, TableDigest] = {}
        self._fitted: dict[str, tuple[str, KnownModel]] = {}
        """Models with their types, until it is known what is in them."""
        self._patience = PATIENCE_S
        self._models: dict[tuple[str, Parts], KnownModel] = {}

    def tell(self, origins: Origins) -> None:
        """Let a process's origins know of every dataset that others have made so far."""
        for directory in clients(self._session.layout.journal):
            if directory.name != self._session.client_id and directory.name not in self._of_others:
                self._read(directory, origins)

    def original(self, model: Any, origins: Origins) -> KnownModel | None:
        """The model of another process that this one has been handed."""
        if not self._session.settings.keep_models:
            return None  # nobody has looked into them
        self.tell(origins)
        kind = values.qualified_name(type(model))
        if not self._awaited(kind) and not any(kind == of for of, _ in self._models):
            return None
        from modeldb.objects.index import extract

        parts = frozenset((part.path, part.digest) for part in extract(model).parts)
        while parts and (kind, parts) not in self._models and self._awaited(kind) and self._patience > 0:
            begun = time.monotonic()
            time.sleep(0.01)
            self.tell(origins)
            self._patience -= time.monotonic() - begun
        return self._models.get((kind, parts))

    def _awaited(self, kind: str) -> bool:
        """Whether there are models of this type of which it is not yet known what is in them."""
        return any(of == kind for of, _ in self._fitted.values())

    def _read(self, directory: Path, origins: Origins) -> None:
        for payload, segment, position in read(directory, *self._places.get(directory.name, (0, 0))):
            is_first = directory.name not in self._places
            self._places[directory.name] = segment, position
            record = codec.decode(payload)
            if is_first and not self._session.is_worker and getattr(record, "run_id", None) != self._session.run_id:
                # What a worker writes begins with the run it is in. What the script writes may begin with another.
                self._of_others.add(directory.name)
                return
            if isinstance(record, Action) and record.run_id == self._session.run_id:
                self._note(record, origins)
            elif isinstance(record, ModelIndexed) and record.model_id in self._fitted:
                kind, known = self._fitted.pop(record.model_id)
                self._models[kind, frozenset((part.path, part.digest) for part in record.parts)] = known

    def _note(self, action: Action, origins: Origins) -> None:
        for dataset in action.datasets:
            if dataset.n_columns is None:
                self._tables.setdefault(dataset.dataset_id, _table(dataset))
        about = _about(action)
        for output in action.outputs:
            table = self._tables.get(output.artifact_id)
            if table is not None:
                recipe = action.recipe_key if action.inferred else f"{action.recipe_key}/{output.role}"
                origins.learn(Known(table, action.action_id, recipe, about))
        for made in action.models:
            if made.role == "model":
                known = KnownModel(made.model_id, action.action_id, action.recipe_key, made.type, made.train_dataset_id)
                self._fitted[made.model_id] = made.qualified_type, known


def _about(action: Action) -> tuple[str, str] | None:
    """The model and the dataset of a prediction."""
    models = [i.artifact_id for i in action.inputs if i.artifact_kind == "model"]
    datasets = [i.artifact_id for i in action.inputs if i.artifact_kind == "dataset"]
    return (models[0], datasets[0]) if action.kind == "predict" and models and datasets else None


def _table(seen: DatasetSeen) -> TableDigest:
    columns, index = (
        tuple(ColumnDigest(column.name, column.dtype, column.digest) for column in part)
        for part in (seen.columns, seen.index)
    )
    return TableDigest(seen.digest, columns, index, seen.n_rows, seen.container, seen.weak)
