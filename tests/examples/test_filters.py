"""Filters the engine hands down: what is understood means what it meant."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
from hypothesis import given, settings
from hypothesis import strategies as st

from modeldb.examples.filters import understand

CONSTANT = frozenset({"model_id", "dataset_id"})
_TABLE = pa.table(
    {
        "model_id": ["a", "a", "b", "c", None, "a"],
        "dataset_id": ["x", "y", "x", None, "y", "x"],
        "row": [0, 1, 2, 0, 1, 1],
        "label": ["p", "q", None, "p", "q", "q"],
    }
)


def _compared(name: str, value: Any, how: str) -> Any:
    field = ds.field(name)
    return {
        "=": field == value, "<>": field != value, "<": field < value, ">=": field >= value,
        "in": field.isin([value, "b"] if isinstance(value, str) else [value]),
        "null": field.is_null(), "valid": field.is_valid(),
    }[how]  # fmt: skip


_HOW = st.sampled_from(["=", "<>", "<", ">=", "in", "null", "valid"])
_LEAVES = st.one_of(
    st.builds(_compared, st.just("model_id"), st.sampled_from(["a", "b", "it's ' odd\nname"]), _HOW),
    st.builds(_compared, st.just("dataset_id"), st.sampled_from(["x", "y"]), _HOW),
    st.builds(_compared, st.just("row"), st.integers(0, 2), st.sampled_from(["=", "<", "in"])),
    st.builds(_compared, st.just("label"), st.sampled_from(["p", "q"]), _HOW),
)
_FILTERS = st.recursive(
    _LEAVES, lambda inner: st.one_of(st.builds(lambda a, b: a & b, inner, inner),
                                     st.builds(lambda a, b: a | b, inner, inner)), max_leaves=6,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_FILTERS)
def test_a_filter_admits_just_the_rows_it_did(expression: Any) -> None:
    wanted = understand(expression, CONSTANT)
    kept = _TABLE.filter(
        pa.array(
            [
                wanted.admits({name: row[name] for name in CONSTANT}) and wanted.row in (None, row["row"])
                for row in _TABLE.to_pylist()
            ]
        )
    )
    if wanted.rest is not None:
        kept = kept.filter(wanted.rest)
    assert kept.to_pylist() == _TABLE.filter(expression).to_pylist()


def test_what_the_engine_asks_most_leaves_nothing_to_filter() -> None:
    wanted = understand((ds.field("dataset_id") == "x") & (ds.field("row") == 42), CONSTANT)
    assert wanted.rest is None and wanted.row == 42
    assert wanted.admits({"dataset_id": "x", "model_id": None})
    assert not wanted.admits({"dataset_id": "y", "model_id": None})
    assert understand(ds.field("model_id").isin(["a", "b"]), CONSTANT).rest is None
