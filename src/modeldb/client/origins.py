"""Where the values of a running script came from.

A value's origin is the action that made it. The live object says it best: the same object with an unchanged digest.
Failing that, its content does: the latest action of this run that made equal content. What content alone resolved
is marked inferred, and content with little in it (a constant, a handful of numbers) is no evidence of anything.
"""

from __future__ import annotations

import weakref
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

import msgspec

from modeldb.core.actions import FileSeen
from modeldb.objects.columns import TableDigest

T = TypeVar("T")


class Known(msgspec.Struct, frozen=True):
    """A dataset whose origin is known."""

    table: TableDigest
    producer: str | None
    """The action that made it."""
    recipe: str | None
    """The recipe key of that action, or the logical name of what came from outside."""
    about: tuple[str, str] | None = None
    """(model, dataset) when these values are what a model said about a dataset."""
    name: str | None = None

    @property
    def dataset_id(self) -> str:
        return self.table.dataset_id

    @property
    def digest(self) -> str:
        return self.table.digest


class KnownModel(msgspec.Struct, frozen=True):
    model_id: str
    action_id: str
    recipe: str | None
    type: str
    train_dataset_id: str | None = None


class Contained(msgspec.Struct, frozen=True):
    """What was put into a library's own container of data."""

    parts: dict[str, Known]
    """The tables, by the role they play in a training on it."""
    file: FileSeen | None = None
    """The file the library read by itself."""


class LiveObjects(Generic[T]):
    """What we know about objects that are alive, by identity, without keeping them alive.

    An object that cannot be weakly referenced (a list) is not remembered: its id would say nothing a moment later.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[weakref.ref[Any], T]] = {}

    def get(self, value: object) -> T | None:
        entry = self._known.get(id(value))
        if entry is None or entry[0]() is not value:
            return None
        return entry[1]

    def put(self, value: object, known: T) -> bool:
        key = id(value)
        try:
            reference = weakref.ref(value, lambda _: self._known.pop(key, None))
        except TypeError:
            return False
        self._known[key] = (reference, known)
        return True

    def alive(self) -> list[tuple[Any, T]]:
        """The living objects, oldest first."""
        entries = [(reference(), known) for reference, known in list(self._known.values())]
        return [(value, known) for value, known in entries if value is not None]

    def clear(self) -> None:
        self._known.clear()


class Origins:
    """Every dataset met in this run, by object, by content and by column."""

    REMEMBERED = 20_000
    """Datasets and columns kept by content; beyond it the oldest is forgotten."""

    def __init__(self) -> None:
        self.objects: LiveObjects[Known] = LiveObjects()
        self._by_digest: OrderedDict[str, Known] = OrderedDict()
        self._by_column: OrderedDict[str, list[Known]] = OrderedDict()

    def remember(self, value: object, known: Known) -> None:
        """Take note that this object, with this content, was made by this action."""
        self.objects.put(value, known)
        self.learn(known)

    def learn(self, known: Known) -> None:
        """Take note that there was content like this, and what made it."""
        earlier = self._by_digest.pop(known.digest, None)
        if earlier is not None and known.producer is None:
            known = msgspec.structs.replace(known, producer=earlier.producer, recipe=earlier.recipe)
        self._by_digest[known.digest] = known
        if len(self._by_digest) > self.REMEMBERED:
            self._by_digest.popitem(last=False)
        for column in known.table.columns[:512]:
            holders = self._by_column.setdefault(column.digest, [])
            if holders and holders[-1].digest == known.digest:
                holders[-1] = known
            else:
                holders.append(known)
                del holders[:-8]
        while len(self._by_column) > self.REMEMBERED:
            self._by_column.popitem(last=False)

    def of_content(self, digest: str) -> Known | None:
        """The latest dataset with this very content."""
        return self._by_digest.get(digest)

    def with_column(self, digest: str) -> list[Known]:
        """Datasets that hold a column with this content, latest first."""
        return self._by_column.get(digest, [])[::-1]


class Lines:
    """What recorded calls made, by the line of the script they were made on."""

    LINES = 10_000
    PER_LINE = 64
    """The latest of what one line made; a loop may make any number."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int], deque[Known]] = {}

    def add(self, file: str, line: int, known: Known) -> None:
        if len(self._made) < self.LINES:
            self._made.setdefault((file, line), deque(maxlen=self.PER_LINE)).append(known)

    def __contains__(self, place: tuple[str, int]) -> bool:
        return place in self._made

    def made(self, file: str, line: int, *, all_turns: bool) -> list[Known]:
        """What a line made, latest first; of a loop that still turns, only what is about the latest model."""
        found: list[Known] = []
        for known in reversed(self._made.get((file, line), ())):
            if not all_turns and found and _model(known) != _model(found[0]):
                break
            found.append(known)
        return found


def _model(known: Known) -> str | None:
    return known.about[0] if known.about else None


def shared_about(sources: Iterable[Known]) -> tuple[str, str] | None:
    """What the predictions among some values are about: the model, if it is one, and the dataset, if that is one."""
    abouts = {source.about for source in sources if source.about}
    if len({model for model, _ in abouts}) != 1:
        return None
    model, dataset = next(iter(abouts))
    return model, dataset if len(abouts) == 1 else ""
