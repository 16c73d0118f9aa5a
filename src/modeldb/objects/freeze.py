"""A fitted model frozen in the moment after its fit.

This runs in the user's thread, so it does the least that makes later changes harmless: one C pickle of the
skeleton, with the large buffers kept outside and copied. Taking apart, encoding and writing happen elsewhere.
"""

from __future__ import annotations

import io
import pickle
import types
from dataclasses import dataclass
from typing import Any

import numpy as np

from modeldb.errors import NotCapturable
from modeldb.objects import lift

IN_BAND_LIMIT = 1024
"""Buffers below this many bytes stay in the skeleton; a part of their own would cost more than it shares."""

ARRAY, NODES, VALUES, RECORDS, VOCABULARY, OPAQUE = "array", "nodes", "values", "records", "vocabulary", "opaque"


@dataclass(frozen=True, slots=True)
class Buffer:
    """One large piece of a model, copied out of it."""

    data: bytes
    role: str
    """What the bytes are: "array", "nodes" and "values" of a tree, "records", "vocabulary" or "opaque"."""
    dtype: np.dtype[Any] | None
    """The element type when the bytes are an array's."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A model as it was: a pickle without its large buffers, and the buffers."""

    type_name: str
    skeleton: bytes
    buffers: tuple[Buffer, ...]
    by_value: bool
    """True when classes or functions are inside by value, because no other process could import them."""

    @property
    def size_bytes(self) -> int:
        """What a plain pickle of the model would take, within a few bytes per buffer."""
        return len(self.skeleton) + sum(len(buffer.data) for buffer in self.buffers)


def capture(model: object) -> Capture:
    """Freeze a model so that nothing done to it afterwards matters.

    Raises NotCapturable with the reason when something inside cannot be pickled.
    """
    kind = type(model)
    name = f"{kind.__module__}.{kind.__qualname__}"
    try:
        return _dump(_Pickler, model, name, by_value=False)
    except RecursionError as error:
        raise NotCapturable(f"{name} is nested too deeply to be stored: {error}.") from error
    except Exception:
        pass  # lambdas, local and __main__ classes; the second way explains what remains
    try:
        from modeldb.objects.byvalue import ByValuePickler

        return _dump(ByValuePickler, model, name, by_value=True)
    except Exception as error:
        raise NotCapturable(
            f"{name} cannot be stored: {error} Remove what cannot be pickled from it, or give its class a __getstate__."
        ) from error


def _dump(pickler: type[Any], model: object, name: str, by_value: bool) -> Capture:
    file = io.BytesIO()
    collector = BufferCollector()
    instance = pickler(file, 5, buffer_callback=collector)
    instance.collector = collector
    instance.dump(model)
    return Capture(name, file.getvalue(), tuple(collector.buffers), by_value)


class BufferCollector:
    """Copies the buffers a pickler meets and remembers what each one is."""

    def __init__(self) -> None:
        self.buffers: list[Buffer] = []
        self.dtype: np.dtype[Any] | None = None
        self.role: str | None = None
        self.lifted: dict[int, lift.Lifted] = {}
        """Stand-ins by the id of what they stand for, so that shared things stay shared."""

    def __call__(self, buffer: pickle.PickleBuffer) -> bool:
        """Keep the buffer out of the skeleton and return False, or leave it in and return True."""
        raw = buffer.raw()
        role, dtype, self.role, self.dtype = self.role, self.dtype, None, None
        if role is None:
            role = self._role_of(dtype)
            if raw.nbytes < IN_BAND_LIMIT and role not in (NODES, VALUES, RECORDS):
                return True
        if raw.nbytes == 0:
            return True
        self.buffers.append(Buffer(bytes(raw), role, dtype))
        return False

    def _role_of(self, dtype: np.dtype[Any] | None) -> str:
        if dtype is None:
            return OPAQUE
        if dtype.names:
            return NODES if dtype.names[:3] == ("left_child", "right_child", "feature") else RECORDS
        previous = self.buffers[-1].role if self.buffers else None
        return VALUES if previous == NODES and dtype == np.float64 else ARRAY


class CaptureHooks:
    """What our picklers do differently from the standard one."""

    collector: BufferCollector

    def reduce(self, obj: object) -> Any:
        """The reduction of obj when ours differs, else NotImplemented."""
        kind = type(obj)
        if kind is np.ndarray:
            return self._reduce_array(obj)
        if kind in _ATOMIC:
            return NotImplemented
        if kind.__reduce_ex__ is object.__reduce_ex__:
            state = getattr(obj, "__dict__", None)
            if state and kind.__reduce__ is object.__reduce__:
                for value in state.values():
                    if type(value) is dict and len(value) >= lift.VOCABULARY_MIN:
                        return self._reduce_with_vocabularies(obj)
        elif kind.__module__.startswith("torch"):
            return lift.reduce_torch(obj, self.collector)
        return NotImplemented

    def _reduce_array(self, array: np.ndarray[Any, Any]) -> Any:
        flags = array.flags
        if not (flags.c_contiguous or flags.f_contiguous) and not array.dtype.hasobject:
            # in the order of its axes: BLAS rounds differently when that changes
            array = array.copy(order="K")
            self.collector.dtype = array.dtype
            return array.__reduce_ex__(5)
        self.collector.dtype = array.dtype
        return NotImplemented

    def _reduce_with_vocabularies(self, obj: object) -> Any:
        reduced = obj.__reduce_ex__(5)
        state = reduced[2] if isinstance(reduced, tuple) and len(reduced) > 2 else None
        if type(state) is not dict:
            return NotImplemented
        lifted = {key: self._lift_vocabulary(value) for key, value in state.items()}
        return (*reduced[:2], lifted, *reduced[3:])

    def _lift_vocabulary(self, value: object) -> object:
        if type(value) is not dict or len(value) < lift.VOCABULARY_MIN:
            return value
        known = self.collector.lifted.get(id(value))
        if known is None:
            data = lift.vocabulary_bytes(value)
            if data is None:
                return value
            known = self.collector.lifted[id(value)] = lift.Lifted(
                value, lift.vocabulary, data, VOCABULARY, self.collector
            )
        return known


class _NeedsByValue(Exception):
    """The model refers to something only this process can import."""


class _Pickler(CaptureHooks, pickle.Pickler):
    def reducer_override(self, obj: Any) -> Any:
        kind = type(obj)
        if kind is types.FunctionType or isinstance(obj, type):
            if obj.__module__ == "__main__":
                raise _NeedsByValue(obj.__qualname__)
            return NotImplemented
        return self.reduce(obj)


_ATOMIC = frozenset({np.dtype, types.BuiltinFunctionType, types.MethodType, np.float64, np.int64, np.bool_})
