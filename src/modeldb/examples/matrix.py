"""The labels of a dataset, models by examples, as small codes in a file that is mapped into memory.

Questions about many models (which examples does every model get wrong?) read one byte per model and example here
instead of a Parquet part per model. The matrix is disposable: it is made from the prediction sets, and made again
when it is missing, damaged, or out of date.
"""

from __future__ import annotations

import functools
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import xxhash

from modeldb.examples.reading import Answers, Outcome, Reader
from modeldb.examples.scoring import Classes, Numbers, onto

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 2
MOST_SEGMENTS = 6
"""Beyond so many files of a dataset, all are written into one."""
_TYPES = {"int8": 127, "int16": 32_767, "int32": 2**31 - 1}


class Segment(msgspec.Struct, frozen=True):
    """Some models' codes in one file: for each model its predictions, then its labels' codes where they differ."""

    file: str
    dtype: str
    keys: list[str]
    """`Answers.key` of each line, in order; the labels' lines are named `label:` and a digest."""
    checksum: str


class Manifest(msgspec.Struct, frozen=True):
    format: int
    n_rows: int
    names: list[str]
    """The classes all codes are about; new ones are added at the end, so that codes stay what they are."""
    segments: list[Segment]
    labels: dict[str, str]
    """Key of answers → the line of their labels, for those that have labels."""
    outputs: dict[str, int] = {}
    """Key of answers → how many outputs the model has, for those that have several."""


@dataclass(frozen=True)
class Line:
    """One model's predictions and labels as codes into the matrix's names, -1 where there is none."""

    prediction: NDArray[Any]
    label: NDArray[Any] | None

    @functools.cached_property
    def is_complete(self) -> bool:
        """True when every example has a prediction and a label."""
        if self.label is None or not len(self.label):
            return False
        return bool(self.prediction.min() >= 0 and self.label.min() >= 0)

    def known(self) -> NDArray[np.bool_]:
        """Where both the prediction and the label are known."""
        known: NDArray[np.bool_] = self.prediction >= 0
        return known if self.label is None else known & (self.label >= 0)

    def right(self) -> NDArray[np.bool_]:
        """Where the prediction is the label, both being known."""
        if self.label is None:
            return np.zeros(len(self.prediction), np.bool_)
        right: NDArray[np.bool_] = self.prediction == self.label
        return right if self.is_complete else right & (self.label >= 0)


class Matrix:
    """The label matrix of one dataset.

    Processes: any number may make it at once; each writes files of its own and the last manifest wins.
    """

    def __init__(self, directory: Path, reader: Reader, dataset_id: str, n_rows: int) -> None:
        self._directory = directory / dataset_id
        self._reader = reader
        self._n_rows = n_rows
        self._mapped: dict[str, NDArray[Any]] = {}
        self._manifest = self._read() or Manifest(FORMAT, n_rows, [], [], {})
        self._lines = self._open(self._manifest)
        self._found: dict[str, Line | None] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The classes the codes are about."""
        return tuple(self._manifest.names)

    def n_outputs(self, answers: Answers) -> int | None:
        """How many outputs a model has; None for answers that have no line yet."""
        return self._manifest.outputs.get(answers.key, 1) if answers.key in self._lines else None

    def lines(self, wanted: Sequence[Answers]) -> list[Line | None]:
        """A line for each of these; None for predictions that are numbers and not classes."""
        missing = [answers for answers in wanted if answers.key not in self._lines]
        if missing:
            self._add(missing)
            self._found.clear()
        return [self._line(answers.key) for answers in wanted]

    def _line(self, key: str) -> Line | None:
        if key not in self._found:
            codes, label = self._lines[key], self._manifest.labels.get(key)
            line = Line(codes, None if label is None else self._lines[label])
            self._found[key] = line if len(codes) or not self._n_rows else None
        return self._found[key]

    def _add(self, missing: Sequence[Answers]) -> None:
        """Read what is missing and write it beside what is there."""
        names = dict.fromkeys(self._manifest.names)
        lines: dict[str, Classes | None] = {}
        labels, outputs = dict(self._manifest.labels), dict(self._manifest.outputs)
        for answers in missing:
            outcome = self._reader.outcome(answers)
            lines[answers.key] = _classes(outcome)
            if (n_outputs := self._reader.n_outputs(answers)) > 1:
                outputs[answers.key] = n_outputs
            if isinstance(outcome.label, Classes) and isinstance(outcome.prediction, Classes):
                name = "label:" + _digest(outcome.label)
                labels[answers.key] = name
                if name not in self._lines:
                    lines[name] = outcome.label
        for line in lines.values():
            names.update(dict.fromkeys(line.names if line is not None else ()))
        all_names = tuple(names)
        dtype = next(name for name, most in _TYPES.items() if len(all_names) <= most)
        coded = {
            key: np.empty(0, dtype) if line is None else onto(line, all_names).codes.astype(dtype)
            for key, line in lines.items()
        }
        if len(self._manifest.segments) >= MOST_SEGMENTS:
            coded = {key: np.asarray(codes, dtype) for key, codes in self._lines.items()} | coded
            segments = []
        else:
            segments = list(self._manifest.segments)
        segments.append(self._write(coded, dtype))
        self._manifest = Manifest(FORMAT, self._n_rows, list(all_names), segments, labels, outputs)
        self._lines |= coded
        self._publish()

    def _read(self) -> Manifest | None:
        try:
            found = msgspec.json.decode((self._directory / "manifest.json").read_bytes(), type=Manifest)
        except (OSError, msgspec.MsgspecError):
            return None
        return found if found.format == FORMAT and found.n_rows == self._n_rows else None

    def _open(self, manifest: Manifest) -> dict[str, NDArray[Any]]:
        """Map every segment; one that is gone or damaged is made again when it is asked for."""
        lines: dict[str, NDArray[Any]] = {}
        for segment in manifest.segments:
            try:
                mapped = np.memmap(self._directory / segment.file, np.dtype(segment.dtype), "r")
            except (OSError, ValueError):
                continue
            if xxhash.xxh3_64_hexdigest(mapped.data) != segment.checksum:
                continue
            start = 0
            for key in segment.keys:
                name, _, size = key.rpartition("#")
                lines[name] = np.asarray(mapped[start : start + int(size)])
                start += int(size)
        return {
            key: codes
            for key, codes in lines.items()
            if key.startswith("label:") or manifest.labels.get(key) is None or manifest.labels[key] in lines
        }

    def _write(self, coded: dict[str, NDArray[Any]], dtype: str) -> Segment:
        file = f"{uuid.uuid4().hex}.codes"
        data = np.concatenate(list(coded.values())) if coded else np.empty(0, dtype)
        keys = [f"{key}#{len(codes)}" for key, codes in coded.items()]
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            data.tofile(self._directory / file)
        except OSError:
            pass  # a store that cannot be written to is only slower
        return Segment(file, dtype, keys, xxhash.xxh3_64_hexdigest(data.data))

    def _publish(self) -> None:
        draft = self._directory / f"manifest.{os.getpid()}.{uuid.uuid4().hex}.draft"
        try:
            draft.write_bytes(msgspec.json.encode(self._manifest))
            draft.replace(self._directory / "manifest.json")
        except OSError:
            draft.unlink(missing_ok=True)
            return
        named = {segment.file for segment in self._manifest.segments}
        for file in self._directory.glob("*.codes"):
            if file.name not in named and _is_old(file):
                file.unlink(missing_ok=True)


def _classes(outcome: Outcome) -> Classes | None:
    return None if isinstance(outcome.prediction, Numbers) else outcome.prediction


def _digest(label: Classes) -> str:
    names = "\0".join(label.names).encode()
    return xxhash.xxh3_64_hexdigest(np.ascontiguousarray(label.codes).tobytes() + names)


def _is_old(file: Path) -> bool:
    """Another process may have written it a moment ago and not yet said so."""
    import time

    try:
        return time.time() - file.stat().st_mtime > 60
    except OSError:
        return False
