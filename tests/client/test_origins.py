"""What is known of living objects, and what content says of the others."""

from __future__ import annotations

import gc

import numpy as np
import pandas as pd
import pytest

from modeldb.client import inference
from modeldb.client.inference import RowMemory, Said, conclude, follows
from modeldb.client.origins import Known, Lines, LiveObjects, Origins, shared_about
from modeldb.objects import columns


@pytest.fixture
def origins():
    return Origins()


@pytest.fixture
def rows():
    return RowMemory()


def know(origins, rows, value, action="a1", about=None):
    known = Known(columns.digest(value), action, "recipe " + action, about)
    origins.remember(value, known)
    rows.keep(value, known.table)
    return known


def conclusion(value, origins, rows):
    return conclude(value, columns.digest(value), origins, rows)


FRAME = pd.DataFrame({"a": np.arange(40.0) ** 2, "b": np.tile([1, 2, 5, 9], 10), "c": [f"t{i}" for i in range(40)]})


def test_an_object_is_forgotten_when_it_dies():
    live: LiveObjects[int] = LiveObjects()
    value = np.arange(3)
    live.put(value, 1)
    assert live.get(value) == 1 and len(live.alive()) == 1
    del value
    gc.collect()
    assert not live.alive()


def test_a_list_is_not_remembered_by_identity():
    live: LiveObjects[int] = LiveObjects()
    assert not live.put([1, 2], 1)


def test_content_is_found_again_at_its_latest_producer(origins, rows):
    know(origins, rows, FRAME, "a1")
    know(origins, rows, FRAME.copy(), "a2")
    assert origins.of_content(columns.digest(FRAME).digest).producer == "a2"


@pytest.mark.parametrize(
    ("derive", "kind", "operation"),
    [
        (lambda f: f[["c", "a"]], "select", "columns"),
        (lambda f: f.iloc[5:30], "select", "rows"),
        (lambda f: f.sample(frac=1.0, random_state=0), "select", "rows reordered"),
        (lambda f: f.assign(d=f.a + 1), "transform", "columns added"),
    ],
)
def test_what_was_derived_is_recognised(origins, rows, derive, kind, operation):
    source = know(origins, rows, FRAME)
    found = conclusion(derive(FRAME), origins, rows)
    assert (found.kind, found.operation) == (kind, operation)
    assert found.sources == (source,)


def test_columns_of_two_tables_side_by_side(origins, rows):
    left, right = FRAME[["a"]].copy(), FRAME[["c"]].copy()
    sources = {know(origins, rows, left, "a1"), know(origins, rows, right, "a2")}
    found = conclusion(pd.concat([left, right], axis=1), origins, rows)
    assert found.operation == "columns joined" and set(found.sources) == sources


def test_a_view_knows_its_array(origins, rows):
    array = np.random.default_rng(0).random((50, 4))
    source = know(origins, rows, array)
    assert conclusion(array[10:, 2], origins, rows).sources == (source,)


def test_unrelated_values_lead_nowhere(origins, rows):
    know(origins, rows, FRAME)
    other = pd.DataFrame({"a": np.random.default_rng(1).random(40)})
    assert conclusion(other, origins, rows) is None


def test_a_constant_column_is_no_evidence(origins, rows):
    know(origins, rows, pd.DataFrame({"one": np.ones(40), "x": np.arange(40.0) ** 3}))
    assert conclusion(pd.DataFrame({"bias": np.ones(40)}), origins, rows) is None


def said(values, classes=None):
    table = columns.digest(values)
    return Said(Known(table, "p", "r", ("m-1", "d-1")), values, classes)


def test_an_argmax_a_threshold_and_a_rounding_follow_the_prediction():
    generator = np.random.default_rng(0)
    scores = generator.random((60, 3))
    three = said(scores, np.array(["x", "y", "z"]))
    assert follows(scores.argmax(axis=1), [three]) is three.known
    assert follows(np.array(["x", "y", "z"])[scores.argmax(axis=1)], [three]) is three.known
    one = said(generator.random(60))
    assert follows((one.values > 0.4).astype(int), [one]) is one.known
    assert follows(np.exp(one.values * 3), [one]) is one.known
    assert follows(np.round(one.values), [one]) is one.known


def test_noise_does_not_follow_a_prediction():
    generator = np.random.default_rng(0)
    assert follows(generator.integers(0, 2, 60), [said(generator.random(60))]) is None
    assert follows(np.zeros(60), [said(generator.random(60))]) is None


def test_very_large_tables_are_not_compared_by_row(origins, rows, monkeypatch):
    monkeypatch.setattr(inference, "MAX_CELLS", 10)
    know(origins, rows, FRAME)
    assert conclusion(FRAME.iloc[5:30], origins, rows) is None


def test_rows_are_those_of_the_moment_they_were_remembered(origins, rows):
    frame = FRAME.copy()
    known = know(origins, rows, frame)
    frame["a"] = 0.0
    assert conclusion(FRAME.iloc[10:30], origins, rows).sources == (known,)


def test_rows_nobody_asks_for_wait_as_copies_in_bounded_room(origins, rows):
    frames = [pd.DataFrame({"a": np.arange(inference.MAX_CELLS) + n}) for n in range(6)]
    kept = [know(origins, rows, frame, f"a{n}") for n, frame in enumerate(frames)]
    assert rows._cells <= rows.WAITING_CELLS
    assert all(rows.of(known.digest) is not None for known in kept)
    assert rows._cells == 0


def test_a_line_made_what_is_about_one_model_after_another():
    lines = Lines()
    table = columns.digest(np.arange(9.0))
    known = [Known(table, f"a{i}", None, ("m1" if i < 3 else "m2", f"d{i}")) for i in range(5)]
    for each in known:
        lines.add("script.py", 7, each)
    assert ("script.py", 7) in lines and ("script.py", 8) not in lines
    assert lines.made("script.py", 7, all_turns=True) == known[::-1]
    assert lines.made("script.py", 7, all_turns=False) == [known[4], known[3]]
    assert shared_about(known) is None
    assert shared_about(known[3:]) == ("m2", "")
    assert shared_about(known[:1]) == ("m1", "d0")
