"""Catalog rows to Arrow columns, without pandas.

`pyarrow.array` of a Python list imports pandas where it is installed, which takes longer than most questions; so the
few types the catalog has are written into Arrow's buffers here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    import pyarrow


def column(values: Sequence[Any], kind: str) -> pyarrow.Array:
    """An Arrow array. `kind` is `text`, `word` (repeated text, kept as a dictionary), `float`, `time`, `int`, `bool`.

    Times are given in seconds since the epoch and become timestamps of a microsecond, UTC. None is null.
    """
    match kind:
        case "text":
            return _texts(values)
        case "word":
            return _words(values)
        case "float":
            return _numbers(values, "float64")
        case "int":
            return _numbers(values, "int64")
        case "bool":
            return _booleans(values)
        case "time":
            return _times(values)
    raise ValueError(f"no column of kind {kind!r}")


def arrow_type(kind: str) -> pyarrow.DataType:
    """The Arrow type `column` makes for this kind."""
    import pyarrow as pa

    return {
        "text": pa.string(),
        "word": pa.dictionary(pa.int32(), pa.string()),
        "float": pa.float64(),
        "int": pa.int64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us"),
    }[kind]


def _validity(values: Sequence[Any]) -> Any:
    """The validity bitmap, or None when nothing is null."""
    import numpy as np
    import pyarrow as pa

    if None not in values:
        return None
    present = np.fromiter((value is not None for value in values), dtype=bool, count=len(values))
    return pa.py_buffer(np.packbits(present, bitorder="little").tobytes())


def _filled(values: Sequence[Any], instead: Any) -> Sequence[Any]:
    """The values with something in place of null. Most columns have none, and are not gone through again."""
    return [instead if value is None else value for value in values] if None in values else values


def _buffer(array: numpy.ndarray[Any, Any]) -> Any:
    import pyarrow as pa

    return pa.py_buffer(array)


def _texts(values: Sequence[str | None]) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    texts = _filled(values, "")
    data = "".join(texts).encode("utf-8", "replace")
    lengths = list(map(len, texts))
    if sum(lengths) != len(data):
        lengths = [len(text.encode("utf-8", "replace")) for text in texts]
    if len(data) >= 2**31:
        raise ValueError(f"{len(data)} bytes of text in one column: more than one segment can hold")
    offsets = np.fromiter(accumulate(lengths, initial=0), dtype=np.int32, count=len(texts) + 1)
    return pa.Array.from_buffers(pa.string(), len(texts), [_validity(values), _buffer(offsets), pa.py_buffer(data)])


def _words(values: Sequence[str | None]) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    words = dict.fromkeys(values)
    words.pop(None, None)
    places: dict[str | None, int] = {word: place for place, word in enumerate(words)}
    places[None] = 0
    codes = np.fromiter(map(places.__getitem__, values), dtype=np.int32, count=len(values))
    indices = pa.Array.from_buffers(pa.int32(), len(values), [_validity(values), _buffer(codes)])
    return pa.DictionaryArray.from_arrays(indices, _texts(list(words) or [""]))


def _numbers(values: Sequence[Any], dtype: str) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    data = np.fromiter(_filled(values, 0), dtype=dtype, count=len(values))
    kind = pa.float64() if dtype == "float64" else pa.int64()
    return pa.Array.from_buffers(kind, len(values), [_validity(values), _buffer(data)])


def _times(values: Sequence[float | None]) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    seconds = np.fromiter(_filled(values, 0.0), dtype="float64", count=len(values))
    data = np.round(seconds * 1e6).astype(np.int64)
    return pa.Array.from_buffers(pa.timestamp("us"), len(values), [_validity(values), _buffer(data)])


def _booleans(values: Sequence[Any]) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    data = np.packbits(np.fromiter((bool(value) for value in values), dtype=bool, count=len(values)), bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [_validity(values), pa.py_buffer(data.tobytes())])
