"""Boosters and networks: what grows shares, what is frozen is stored once."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification

from modeldb.objects import ObjectStore, capture, open_store

X, y = make_classification(600, 10, n_informative=6, random_state=0)


def booster(library: str, rounds: int) -> Any:
    module = pytest.importorskip(library)
    if library == "xgboost":
        return module.XGBClassifier(n_estimators=rounds, n_jobs=1).fit(X, y)
    return module.LGBMClassifier(n_estimators=rounds, n_jobs=1, verbose=-1).fit(X, y)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_boosters_with_more_rounds_share_the_earlier_ones(library: str) -> None:
    with open_store("memory://", trusted=True) as store:
        sizes, grown = [], []
        for rounds in range(40, 121, 20):
            model = booster(library, rounds)
            stored = store.put(capture(model))
            sizes.append(len(pickle.dumps(model)))
            grown.append(stored.stored_bytes)
            for reader in (store, ObjectStore(store.place, store.url)):
                assert (reader.load(stored.digest).predict_proba(X) == model.predict_proba(X)).all()
    assert sum(grown) < sum(sizes) / 4
    assert grown[-1] < sizes[-1] / 4


def network(torch: Any, head: int) -> Any:
    torch.manual_seed(0)
    body = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 64))
    torch.manual_seed(head)
    return torch.nn.Sequential(body, torch.nn.Linear(64, 2))


@pytest.mark.filterwarnings("ignore")
def test_a_frozen_body_is_stored_once() -> None:
    torch = pytest.importorskip("torch")
    x = torch.arange(64.0).reshape(1, 64) / 64
    with open_store("memory://", trusted=True) as store:
        first, second = (store.put(capture(network(torch, head))) for head in (1, 2))
        assert second.stored_bytes < first.stored_bytes / 10
        loaded = store.load(second.digest)
        assert torch.equal(loaded(x), network(torch, 2)(x))
        assert all(parameter.requires_grad for parameter in loaded.parameters())
        state = network(torch, 1).state_dict()
        again = store.put(capture(state))
        assert again.shared_bytes > 100_000
        back = ObjectStore(store.place, store.url).load(again.digest)
        assert all(torch.equal(back[name], tensor) for name, tensor in state.items())


@pytest.mark.filterwarnings("ignore")
def test_tensors_of_every_kind_come_back() -> None:
    torch = pytest.importorskip("torch")
    shared = torch.arange(12000.0)
    tensors = [
        shared[10:], shared.reshape(100, 120).T, torch.ones(3, dtype=torch.bfloat16), torch.tensor(5),
        torch.zeros(0, 4), torch.arange(2000, dtype=torch.int16), torch.rand(5, requires_grad=True),
        torch.eye(3).to_sparse(), torch.ones(2) * (1 + 1j),
    ]  # fmt: skip
    with open_store("memory://", trusted=True) as store:
        back = store.load(store.put(capture(tensors)).digest)
    for tensor, copy in zip(tensors, back, strict=True):
        assert tensor.dtype == copy.dtype and tensor.requires_grad == copy.requires_grad
        assert torch.equal(
            tensor.to_dense() if tensor.is_sparse else tensor, copy.to_dense() if copy.is_sparse else copy
        )
    assert back[0].untyped_storage().data_ptr() == back[1].untyped_storage().data_ptr(), "views stay views"
    assert np.shares_memory(back[0].numpy(), back[1].numpy())
