"""The tree codec gives every kind of tree back, bit for bit, and makes forests small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_classification, make_friedman1
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from modeldb.objects import capture, open_store, parts
from modeldb.objects.codecs import TREES, Coded, Uncoded, decode_many, encode_many, tree_columns, trees
from modeldb.objects.codecs.numbers import log2
from modeldb.objects.codecs.streams import Reader, Writer

X, y = make_classification(400, 8, n_informative=5, n_classes=3, random_state=0)
Xr, yr = make_friedman1(300, random_state=0)
holes = X.copy()
holes[::7, 2] = np.nan
WEIGHTS = np.random.default_rng(0).random(400)

MODELS = {
    "classifier": lambda: DecisionTreeClassifier(random_state=0).fit(X, y),
    "stump": lambda: DecisionTreeClassifier(max_depth=1).fit(X, y),
    "root only": lambda: DecisionTreeClassifier().fit(X[:5], [1] * 5),
    "entropy": lambda: RandomForestClassifier(5, criterion="entropy", random_state=0).fit(X, y),
    "best first": lambda: RandomForestClassifier(5, max_leaf_nodes=20, random_state=0).fit(X, y),
    "weighted": lambda: DecisionTreeClassifier(random_state=0).fit(X, y, sample_weight=WEIGHTS),
    "balanced": lambda: RandomForestClassifier(5, class_weight="balanced", random_state=0).fit(X, y),
    "missing values": lambda: RandomForestClassifier(5, random_state=0).fit(holes, y),
    "several outputs": lambda: RandomForestClassifier(5, random_state=0).fit(X, np.c_[y, y[::-1]]),
    "extra": lambda: ExtraTreesClassifier(5, random_state=0).fit(X, y),
    "regressor": lambda: RandomForestRegressor(5, random_state=0).fit(Xr, yr),
    "absolute error": lambda: DecisionTreeRegressor(criterion="absolute_error", max_depth=4).fit(Xr, yr),
    "poisson": lambda: DecisionTreeRegressor(criterion="poisson", max_depth=6).fit(Xr, yr),
    "weighted regressor": lambda: RandomForestRegressor(5, random_state=0).fit(Xr, yr, sample_weight=WEIGHTS[:300]),
    "two targets": lambda: RandomForestRegressor(5, random_state=0).fit(Xr, np.c_[yr, -yr]),
    "boosted": lambda: GradientBoostingClassifier(n_estimators=5, random_state=0).fit(X, y),
    "isolation": lambda: IsolationForest(n_estimators=5, random_state=0).fit(X),
}  # fmt: skip


def groups(model: Any) -> list[bytes]:
    return [part.data for part in parts.take_apart(capture(model))[1] if part.role == parts.TREES]


@pytest.mark.parametrize("name", MODELS)
def test_trees_come_back_exactly(name: str) -> None:
    model = MODELS[name]()
    canonical = groups(model)
    encoded = tree_columns.encode_many(canonical)
    assert canonical and None not in encoded
    for data, columns in zip(canonical, encoded, strict=True):
        assert trees.decode(columns, len(data)) == data
    assert [b"".join(p) for p in trees.decode_many(encoded, [len(data) for data in canonical])] == canonical
    with open_store("memory://", trusted=True) as store:
        loaded = store.load(store.put(capture(model)).digest)
        data = X if model.n_features_in_ == X.shape[1] else Xr
        assert (loaded.predict(data) == model.predict(data)).all()


def test_large_trees_of_regression_are_left_to_zstd() -> None:
    rng = np.random.default_rng(0)
    data, target = rng.normal(size=(1500, 3)), rng.normal(size=1500)
    large = RandomForestRegressor(2, random_state=0).fit(data, target)
    assert tree_columns.encode_many(groups(large)) == [None, None]
    assert None not in tree_columns.encode_many(groups(RandomForestRegressor(2, max_leaf_nodes=99).fit(data, target)))
    assert None not in tree_columns.encode_many(groups(DecisionTreeClassifier().fit(data, target.round(1).astype(str))))
    with open_store("memory://", trusted=True) as store:
        loaded = store.load(store.put(capture(large)).digest)
    assert (loaded.predict(data) == large.predict(data)).all()
    assert loaded.fit(data, target).predict(data[:1]) == large.predict(data[:1])


@pytest.mark.parametrize("name,at_least", [("classifier", 8), ("entropy", 8), ("best first", 6), ("extra", 8),
                                           ("regressor", 5)])  # fmt: skip
def test_trees_become_small(name: str, at_least: float) -> None:
    canonical = groups(MODELS[name]())
    kept = [encoded or data for encoded, data in zip(tree_columns.encode_many(canonical), canonical, strict=True)]
    assert sum(map(len, canonical)) > at_least * sum(map(len, kept))


def test_nodes_of_another_kind_are_kept_some_other_way() -> None:
    [data] = groups(DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y))
    odd = bytearray(data)
    odd[24 + 8 * 2 + 57] = 1  # padding that scikit-learn leaves at zero
    for bad in (bytes(odd), data[:24] + b"\x07" * (len(data) - 24)):
        [(codec, stored)] = encode_many([Uncoded("trees", None, bad)])
        assert b"".join(decode_many([Coded(codec, stored, len(bad))])[0]) == bad


@given(st.integers(2, 60), st.integers(1, 3), st.integers(0, 2**32 - 1), st.sampled_from(["depth", "best"]))
@settings(max_examples=40, deadline=None)
def test_any_tree_comes_back(rows: int, outputs: int, seed: int, order: str) -> None:
    rng = np.random.default_rng(seed)
    target = rng.normal(size=(rows, outputs)) if seed % 2 else rng.integers(0, 4, (rows, outputs)).astype(float)
    weight = rng.integers(0, 3, rows) + 0.5 * (seed % 3 == 0) + (rng.random(rows) < 0.9)
    weight[0] = 1.0
    leaves = {"max_leaf_nodes": 6} if order == "best" else {}
    tree = DecisionTreeRegressor(random_state=0, **leaves).fit(rng.normal(size=(rows, 3)), target, weight)
    [data] = groups(tree)
    [(codec, stored)] = encode_many([Uncoded("trees", None, data)])
    assert codec in (TREES, 0, 1)
    assert b"".join(decode_many([Coded(codec, stored, len(data))])[0]) == data


@given(st.lists(st.integers(-(2**63), 2**63 - 1)), st.lists(st.floats(width=64)), st.lists(st.booleans()))
@settings(deadline=None)
def test_streams_read_what_was_written(integers: list[int], floats: list[float], bits: list[bool]) -> None:
    out = Writer()
    reals = np.array(floats, np.float64)
    out.integers(np.array(integers, np.int64))
    out.table(reals)
    out.bits(np.array(bits, np.bool_))
    stream = Reader(bytes(out.out), 1 << 20)
    assert stream.integers().tolist() == integers
    assert stream.table().tobytes() == reals.tobytes()
    assert stream.bits(len(bits)).tolist() == bits
    assert stream.at_end


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_nonsense_is_refused_and_takes_no_memory(data: bytes) -> None:
    try:
        trees.decode_many([data], [10_000])
    except Exception:
        return


def test_our_logarithm_is_a_logarithm() -> None:
    x = np.random.default_rng(0).random(1000) * 10 + 1e-9
    np.testing.assert_allclose(log2(x), np.log2(x), rtol=1e-14, atol=1e-15)
