"""Codecs give back what they were given, and refuse what they did not write."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeldb.errors import StoreDamaged, StoreTooNew
from modeldb.objects import codecs
from modeldb.objects.codecs import floats, shuffle


@given(data=st.binary(max_size=400), width=st.sampled_from(floats.WIDTHS))
def test_any_bytes_come_back_from_floats(data: bytes, width: int) -> None:
    assert floats.decode(floats.encode(data, width), len(data)) == data


@given(values=st.lists(st.floats(width=32), max_size=80), repeat=st.integers(1, 20), rest=st.binary(max_size=3))
def test_floats_of_any_value_come_back(values: list[float], repeat: int, rest: bytes) -> None:
    data = np.array(values * repeat, "<f4").tobytes() + rest
    assert floats.decode(floats.encode(data, 4), len(data)) == data


@given(data=st.binary(max_size=400), width=st.integers(2, 16))
def test_any_bytes_come_back_from_shuffle(data: bytes, width: int) -> None:
    assert shuffle.decode(shuffle.encode(data, width), len(data)) == data


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "u2", "c16"])
@pytest.mark.parametrize("kind", ["normal", "counting", "constant"])
def test_the_choice_is_never_larger_than_the_bytes(dtype: str, kind: str) -> None:
    values = {"normal": np.random.default_rng(0).normal(size=5000) * 99, "counting": np.arange(5000)}.get(kind)
    data = np.zeros(5000, dtype).tobytes() if values is None else values.astype(dtype).tobytes()
    [(codec, stored)] = codecs.encode_many([codecs.Uncoded("array", np.dtype(dtype), data)])
    assert len(stored) <= len(data)
    assert codecs.decode(codec, stored, len(data)) == data
    if kind == "normal" and dtype in ("f4", "f8"):
        assert codec == codecs.FLOATS


@pytest.mark.parametrize("codec", range(8))
def test_nonsense_is_refused(codec: int) -> None:
    rng = np.random.default_rng(codec)
    for length in (0, 1, 2, 7, 40, 300):
        for _ in range(20):
            data = rng.bytes(length)
            with pytest.raises((StoreDamaged, StoreTooNew)):
                codecs.decode(codec, data, 123)


def test_floats_cut_off_or_followed_by_more_are_refused() -> None:
    data = np.random.default_rng(0).normal(size=300).astype("f4").tobytes()
    stored = floats.encode(data, 4)
    for broken in (stored[:-1], stored + b"\0", b"\x03" + stored[1:], stored[:1]):
        with pytest.raises(StoreDamaged):
            codecs.decode(codecs.FLOATS, broken, len(data))
