"""What the other processes of a run have made.

A worker is handed its data by another process and so has not seen where they came from. The journals of the run say
it: every action is in one of them before the data it made can be handed on.
"""

from __future__ import annotations

from pathlib import Path

from modeldb.client.origins import Known, Origins
from modeldb.client.session import Session
from modeldb.core import codec
from modeldb.core.actions import Action, DatasetSeen
from modeldb.journal.reader import clients, read
from modeldb.objects.columns import ColumnDigest, TableDigest


class Others:
    """Reads what is new in the journals of the run's other processes, each time a worker meets data it cannot place."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._places: dict[str, tuple[int, int]] = {}
        self._tables: dict[str, TableDigest] = {}

    def tell(self, origins: Origins) -> None:
        """Let a worker's origins know of every dataset that others have made so far."""
        for directory in clients(self._session.layout.journal):
            if directory.name != self._session.client_id:
                self._read(directory, origins)

    def _read(self, directory: Path, origins: Origins) -> None:
        for payload, segment, position in read(directory, *self._places.get(directory.name, (0, 0))):
            self._places[directory.name] = segment, position
            record = codec.decode(payload)
            if isinstance(record, Action) and record.run_id == self._session.run_id:
                self._note(record, origins)

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
