"""Recording into memory: what a piece of code left behind, as records."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from modeldb import integrations
from modeldb.client import session as sessions
from modeldb.core import codec
from modeldb.core.actions import Action, DatasetSeen, MetricSeen, ModelMade, Record
from modeldb.store import StoreLayout


@dataclass
class MemorySettings:
    keep_models: bool = False
    keep_predictions: bool = False
    keep_datasets_bytes: int = 0
    example_key: str = ""


class MemorySession:
    """What the recorder asks of a session, with the records in a list and nothing in the background."""

    run_id = "r-0000000000000001"
    client_id = None
    is_worker = False
    layout = StoreLayout(Path(os.devnull))

    def __init__(self) -> None:
        self.settings = MemorySettings()
        self.records: list[Record] = []
        self.next_seq: Callable[[], int] = itertools.count().__next__

    def append(self, record: Record) -> None:
        decoded = codec.decode(codec.encode(record))
        assert not isinstance(decoded, codec.Unknown)
        self.records.append(decoded)

    def submit(self, function: Callable[..., Any], *args: Any, cost: int = 0) -> None:
        function(*args)

    def failed(self, where: str, error: BaseException) -> None:
        raise error


@dataclass
class Recorded:
    """What was recorded, in the order the calls began."""

    records: list[Record] = field(default_factory=list)
    namespace: dict[str, Any] = field(default_factory=dict)

    @property
    def actions(self) -> list[Action]:
        return sorted((r for r in self.records if isinstance(r, Action)), key=lambda action: action.seq)

    @property
    def calls(self) -> list[Action]:
        """The script's own calls: neither nested nor inferred."""
        return [action for action in self.actions if action.depth == 0 and not action.inferred]

    @property
    def models(self) -> list[ModelMade]:
        return [model for action in self.actions for model in action.models]

    @property
    def metrics(self) -> list[MetricSeen]:
        return [metric for action in self.actions for metric in action.metrics]

    @property
    def datasets(self) -> dict[str, DatasetSeen]:
        return {dataset.dataset_id: dataset for action in self.actions for dataset in action.datasets}

    def one(self, operation: str) -> Action:
        """The only action whose operation ends so."""
        found = [action for action in self.actions if action.operation.endswith(operation)]
        assert len(found) == 1, [action.operation for action in self.actions]
        return found[0]

    def ancestors(self, action: Action) -> list[Action]:
        """The actions this one's inputs came from, nearest first."""
        by_id = {a.action_id: a for a in self.actions}
        found: list[Action] = []
        pending = [action]
        while pending:
            for given in pending.pop(0).inputs:
                source = by_id.get(given.producer_id or "")
                if source is not None and source not in found:
                    found.append(source)
                    pending.append(source)
        return found


def record(source: str, directory: Path, name: str = "script.py") -> Recorded:
    """Run a script's text as the main program of this process while it is recorded."""
    path = directory / name
    path.write_text(source)
    main = ModuleType("__main__")
    main.__file__ = str(path)
    with recording() as recorded, _as_main(main), _inside(directory):
        integrations.before_source(source)
        exec(compile(source, str(path), "exec"), main.__dict__)
    recorded.namespace = dict(main.__dict__)
    return recorded


@contextmanager
def recording() -> Iterator[Recorded]:
    """Record what this process does inside the block."""
    session = MemorySession()
    recorded = Recorded(session.records)
    before = sessions.current()
    sessions.make_current(session)
    integrations.install()
    try:
        yield recorded
    finally:
        integrations.uninstall()
        sessions.make_current(before)


@contextmanager
def _as_main(main: ModuleType) -> Iterator[None]:
    before = sys.modules["__main__"]
    sys.modules["__main__"] = main
    try:
        yield
    finally:
        sys.modules["__main__"] = before


@contextmanager
def _inside(directory: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(directory)
    try:
        yield
    finally:
        os.chdir(before)


def linked(recorded: Recorded, name: str) -> list[tuple[str | None, str | None]]:
    """Of the metrics with this name, the type of the model and the name of the dataset they are about."""
    types, datasets = {model.model_id: model.type for model in recorded.models}, recorded.datasets
    return [
        (types.get(m.model_id or ""), datasets[m.dataset_id].name if m.dataset_id in datasets else None)
        for m in recorded.metrics
        if m.name == name
    ]
