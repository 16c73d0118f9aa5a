"""Lineage follows values, not content; the closure, the walk and a plain search agree."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modeldb.catalog import Catalog, open_catalog
from modeldb.errors import QueryError
from modeldb.history import closure as closures
from modeldb.history.steps import ancestors, descendants
from modeldb.testing.stores import apply_all
from modeldb.testing.synthetic import records

Inputs = list[tuple[str, str, str | None]]
Outputs = list[tuple[str, str]]


def tables(inputs: Inputs, outputs: Outputs) -> tuple[pa.Table, pa.Table]:
    def column(values: list[Any]) -> pa.Array:
        return pa.array(values, pa.string())

    return (
        pa.table(
            {
                name: column([row[i] for row in inputs])
                for i, name in enumerate(("action_id", "artifact_id", "producer_id"))
            }
        ),
        pa.table({name: column([row[i] for row in outputs]) for i, name in enumerate(("action_id", "artifact_id"))}),
    )


def searched(inputs: Inputs, outputs: Outputs) -> set[tuple[str, str, int]]:
    """The closure as one would write it first: a search from every node."""
    edges: dict[Any, set[Any]] = defaultdict(set)
    values = {(artifact, producer) for _, artifact, producer in inputs} | {(artifact, a) for a, artifact in outputs}
    for artifact, producer in values:
        if producer is not None:
            edges[(artifact, producer)].add(producer)
    for action, artifact, producer in inputs:
        if producer != action:
            edges[action].add((artifact, producer))
    nodes = set(edges) | {n for targets in edges.values() for n in targets} | values
    nearest: dict[tuple[str, str], int] = {}
    for start in nodes:
        seen, frontier, depth = {start}, {start}, 0
        while frontier:
            depth += 1
            frontier = {n for node in frontier for n in edges[node]} - seen
            seen |= frontier
            for node in frontier:
                pair = (called(node), called(start))
                if pair[0] != pair[1]:
                    nearest[pair] = min(depth, nearest.get(pair, depth))
    return {(above, below, distance) for (above, below), distance in nearest.items()}


def called(node: Any) -> str:
    return node[0] if isinstance(node, tuple) else node


def closed(inputs: Inputs, outputs: Outputs) -> set[tuple[str, str, int]]:
    table = closures.closure(*tables(inputs, outputs))
    assert table.num_rows == len(set(zip(*(c.to_pylist() for c in table.columns), strict=True)))
    return set(zip(*(column.to_pylist() for column in table.columns), strict=True))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Inputs, Outputs]:
    """Actions that read what earlier ones made, or things from outside. Few contents, so that they coincide."""
    inputs: Inputs = []
    outputs: Outputs = []
    for number in range(draw(st.integers(0, 12))):
        action = f"a{number}"
        for _ in range(draw(st.integers(0, 3))):
            if outputs and draw(st.booleans()):
                producer, artifact = draw(st.sampled_from(outputs))
                inputs.append((action, artifact, producer))
            else:
                inputs.append((action, f"d-{draw(st.integers(0, 3))}", None))
        for _ in range(draw(st.integers(0, 2))):
            outputs.append((action, f"d-{draw(st.integers(0, 3))}"))
    return list(dict.fromkeys(inputs)), list(dict.fromkeys(outputs))


@given(histories())
@settings(max_examples=150, deadline=None)
def test_the_closure_is_what_a_search_from_every_node_finds(history: tuple[Inputs, Outputs]) -> None:
    assert closed(*history) == searched(*history)


def test_equal_content_does_not_connect_two_actions() -> None:
    inputs: Inputs = [("fit", "d-x", "load"), ("other", "d-x", "elsewhere")]
    outputs: Outputs = [("load", "d-x"), ("elsewhere", "d-x"), ("fit", "m-1"), ("other", "m-2")]
    pairs = {(above, below) for above, below, _ in closed(inputs, outputs)}
    assert ("load", "m-1") in pairs and ("elsewhere", "m-2") in pairs
    assert ("load", "m-2") not in pairs and ("m-1", "m-2") not in pairs


def test_what_comes_from_outside_connects_all_who_read_it() -> None:
    pairs = closed([("a", "f-1", None), ("b", "f-1", None)], [("a", "d-1"), ("b", "d-2")])
    assert ("f-1", "d-1", 2) in pairs and ("f-1", "d-2", 2) in pairs


def test_a_model_trained_further_descends_from_what_it_was() -> None:
    inputs: Inputs = [("second", "m-1", "first"), ("second", "d-2", None), ("first", "d-1", None)]
    pairs = {(a, b) for a, b, _ in closed(inputs, [("first", "m-1"), ("second", "m-1")])}
    assert ("d-1", "m-1") in pairs and ("d-2", "m-1") in pairs and ("m-1", "m-1") not in pairs


def test_a_cycle_in_damaged_records_ends() -> None:
    inputs: Inputs = [("a", "d-1", "b"), ("b", "d-2", "a"), ("c", "d-9", None)]
    assert ("d-9", "d-3", 2) in closed(inputs, [("a", "d-2"), ("b", "d-1"), ("c", "d-3")])


def test_too_large_a_closure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closures, "MOST_PAIRS", 100)
    chain = [(f"a{n}", f"d-{n - 1}", f"a{n - 1}") for n in range(1, 50)]
    with pytest.raises(QueryError, match="ancestors"):
        closures.closure(*tables(chain, [(f"a{n}", f"d-{n}") for n in range(50)]))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    with open_catalog(tmp_path_factory.mktemp("catalog") / "catalog.sqlite") as made:
        for run in records(15, steps=3):
            apply_all(made, run)
        yield made


def test_the_walk_and_the_closure_agree(catalog: Catalog) -> None:
    inputs = [tuple(r) for r in catalog.query("SELECT action_id, artifact_id, producer_id FROM action_inputs")]
    outputs = [tuple(r) for r in catalog.query("SELECT action_id, artifact_id FROM action_outputs")]
    pairs = closed(inputs, outputs)
    models = [row[0] for row in catalog.query("SELECT model_id FROM models WHERE role = 'model'")]
    for model in random.Random(1).sample(models, 10):
        up = {i: d for i, d in ancestors(catalog, "model", model).distance.items() if i != model}
        assert up == {above: distance for above, below, distance in pairs if below == model}
        down = {i: d for i, d in descendants(catalog, "model", model).distance.items() if i != model}
        assert down == {below: distance for above, below, distance in pairs if above == model}


def test_an_empty_store_has_no_lineage(tmp_path: Path) -> None:
    assert closed([], []) == set()
