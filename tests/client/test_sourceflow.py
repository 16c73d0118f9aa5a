"""Following a value back through the script's text."""

from __future__ import annotations

import inspect
import sys
from types import FrameType
from typing import Any

from modeldb.client import sourceflow


def flow_of(value: Any, role: str, function: str, known: tuple[str, ...] = ()) -> sourceflow.Flow | None:
    frame = inspect.currentframe()
    assert frame is not None and isinstance(frame.f_back, FrameType)
    return sourceflow.trace(frame.f_back, value, role, function, lambda name: name in known, lambda line: False)


def test_a_name_leads_to_what_it_was_computed_from():
    prices = object()
    scaled = [prices, 2]
    flow = flow_of(scaled, "X", "flow_of", known=("prices",))
    assert flow is not None
    assert flow.text == "[prices, 2]"
    assert flow.names == ("scaled", "prices")


def test_the_way_goes_back_over_several_assignments_and_stops_at_what_is_known():
    raw = object()
    first = (raw,)
    second, other = (first, 1), 2
    third = [second]
    flow = flow_of(third, "X", "flow_of", known=("first",))
    assert flow is not None and other == 2
    assert "first" in flow.names and "raw" not in flow.names


def test_an_expression_in_the_call_is_found_by_role_and_function():
    def fit(X: Any, y: Any = None) -> sourceflow.Flow | None:
        frame = sys._getframe(1)
        return sourceflow.trace(frame, X, "X", "fit", lambda name: name == "data", lambda line: False)

    data = [1, 2, 3]
    flow = fit([value / 2 for value in data], y=1)
    assert flow is not None
    assert flow.text == "[value / 2 for value in data]"
    assert "data" in flow.names


def test_changes_in_place_count():
    table = {"a": 1}
    extra = object()
    table["b"] = extra
    flow = flow_of(table, "X", "flow_of", known=("extra",))
    assert flow is not None and "extra" in flow.names


def test_names_of_files_are_found():
    text = "".join(["data.txt"])
    flow = flow_of(text, "X", "flow_of")
    assert flow is not None and "data.txt" in flow.literals


def test_the_variable_a_result_goes_to_is_found():
    def fit() -> str | None:
        return sourceflow.assigned_name(sys._getframe(1), "fit")

    model = fit()
    assert model == "model"
    first, second = fit(), 0
    assert first is None and second == 0


def test_a_frame_without_source_has_no_flow():
    namespace: dict[str, Any] = {"sys": sys}
    exec("frame = sys._getframe(0)", namespace)
    answer = sourceflow.trace(namespace["frame"], object(), "X", "fit", lambda name: False, lambda line: False)
    assert answer is None
