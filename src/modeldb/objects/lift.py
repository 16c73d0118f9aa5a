"""Values taken out of a model's pickle because we can write them better, and put back when it is loaded.

The functions here are named in stored skeletons: their names and arguments are part of the format.
"""

from __future__ import annotations

import pickle
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from modeldb.objects.freeze import BufferCollector

VOCABULARY_MIN = 256
"""Dictionaries with fewer entries stay in the skeleton."""

HEAD = struct.Struct("<4sBBHQQ")
"""Magic, kind of value, separator, nothing, number of words, bytes of text."""
_SEPARATORS = ("\n", "\x00", "\x1f")
_PYTHON_INT, _NUMPY_INT64 = 0, 1


class Lifted:
    """Stands in a pickle for a value whose bytes travel as a buffer."""

    def __init__(
        self, value: object, loader: Callable[..., object], data: bytes, role: str, collector: BufferCollector
    ) -> None:
        self.value = value  # keeps the id it is known by from being reused
        self._loader, self._data, self._role, self._collector = loader, data, role, collector

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        self._collector.role = self._role
        return self._loader, (pickle.PickleBuffer(self._data),)


def vocabulary_bytes(value: dict[Any, Any]) -> bytes | None:
    """A dictionary of strings to integers as canonical bytes, or None if it is not one."""
    if set(map(type, value)) != {str}:
        return None
    kinds = set(map(type, value.values()))
    if kinds not in ({int}, {np.int64}):
        return None
    for number, separator in enumerate(_SEPARATORS):
        text = separator.join(value)
        if text.count(separator) != len(value) - 1:
            continue
        try:
            encoded = text.encode()
            numbers = np.fromiter(value.values(), np.int64, len(value))
        except (UnicodeEncodeError, OverflowError):
            return None
        kind = _PYTHON_INT if kinds == {int} else _NUMPY_INT64
        return HEAD.pack(b"MDBV", kind, number, 0, len(value), len(encoded)) + encoded + numbers.tobytes()
    return None


def split_vocabulary(data: bytes | memoryview) -> tuple[int, str, memoryview, np.ndarray[Any, Any]]:
    """The value kind, the separator, the text and the numbers of canonical vocabulary bytes."""
    view = memoryview(data)
    _magic, kind, separator, _, count, length = HEAD.unpack_from(view)
    text = view[HEAD.size : HEAD.size + length]
    numbers = np.frombuffer(view[HEAD.size + length :], np.int64)
    if len(numbers) != count:
        raise ValueError(f"a vocabulary of {count} words has {len(numbers)} numbers")
    return kind, _SEPARATORS[separator], text, numbers


def vocabulary(data: bytes) -> dict[str, Any]:
    """The dictionary that vocabulary_bytes wrote, in the same order."""
    kind, separator, text, numbers = split_vocabulary(data)
    words = str(text, "utf-8").split(separator)
    values = numbers.tolist() if kind == _PYTHON_INT else list(numbers)
    return dict(zip(words, values, strict=True))


def reduce_torch(obj: Any, collector: BufferCollector) -> Any:
    """Write dense CPU tensors as buffers, since torch's own pickle wraps every one in an archive."""
    import torch

    kind = type(obj)
    if kind not in (torch.Tensor, torch.nn.Parameter) or obj.layout is not torch.strided or obj.is_quantized:
        return NotImplemented
    if obj.device.type == "meta" or obj.is_conj() or obj.is_neg() or (kind is torch.Tensor and not obj.is_leaf):
        return NotImplemented
    storage = obj.detach().cpu().untyped_storage()
    key = storage.data_ptr() if obj.device.type == "cpu" else id(obj)
    lifted = collector.lifted.get(key) if storage.nbytes() else None
    if lifted is None:
        content = torch.empty(0, dtype=torch.uint8).set_(storage)
        lifted = Lifted(storage, torch_storage, content.numpy().tobytes(), f"tensor:{obj.element_size()}", collector)
        collector.lifted[key] = lifted
    name = str(obj.dtype).removeprefix("torch.")
    place = (obj.storage_offset(), tuple(obj.shape), tuple(obj.stride()))
    return torch_tensor, (lifted, name, *place, bool(obj.requires_grad), kind is torch.nn.Parameter)


def torch_storage(data: bytes | bytearray | memoryview) -> Any:
    """A torch storage over the bytes, or over a copy of them where they must not be written to."""
    import torch

    if len(data) == 0:
        return torch.UntypedStorage(0)
    writable = bytearray(data) if memoryview(data).readonly else data
    return torch.frombuffer(writable, dtype=torch.uint8).untyped_storage()


def torch_tensor(
    storage: Any,
    dtype: str,
    offset: int,
    shape: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool,
    parameter: bool,
) -> Any:
    """A tensor or parameter over a storage."""
    import torch

    kind = getattr(torch, dtype)
    if not isinstance(kind, torch.dtype):
        raise ValueError(f"torch has no dtype {dtype!r}")
    tensor = torch.empty(0, dtype=kind).set_(storage, offset, shape, stride)
    if parameter:
        return torch.nn.Parameter(tensor, requires_grad=requires_grad)
    return tensor.requires_grad_(requires_grad)
