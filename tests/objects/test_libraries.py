"""Boosters and networks: what grows shares, what is frozen is stored once."""

from __future__ import annotations

import importlib
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import make_classification

from modeldb.objects import ObjectStore, capture, open_store

X, y = make_classification(600, 10, n_informative=6, random_state=0)


def booster(library: str, rounds: int) -> Any:
    module = importlib.import_module(library)
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


def network(head: int) -> Any:
    torch.manual_seed(0)
    body = torch.nn.Sequential(torch.nn.Linear(64, 256), torch.nn.ReLU(), torch.nn.Linear(256, 64))
    torch.manual_seed(head)
    return torch.nn.Sequential(body, torch.nn.Linear(64, 2))


@pytest.mark.filterwarnings("ignore")
def test_a_frozen_body_is_stored_once() -> None:
    x = torch.arange(64.0).reshape(1, 64) / 64
    with open_store("memory://", trusted=True) as store:
        first, second = (store.put(capture(network(head))) for head in (1, 2))
        assert second.stored_bytes < first.stored_bytes / 10
        loaded = store.load(second.digest)
        assert torch.equal(loaded(x), network(2)(x))
        assert all(parameter.requires_grad for parameter in loaded.parameters())
        state = network(1).state_dict()
        again = store.put(capture(state))
        assert again.shared_bytes > 100_000
        back = ObjectStore(store.place, store.url).load(again.digest)
        assert all(torch.equal(back[name], tensor) for name, tensor in state.items())


@pytest.mark.filterwarnings("ignore")
def test_tensors_of_every_kind_come_back() -> None:
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


def weights(dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """A state dict of weights as training leaves them: normal, of another spread in every layer, nothing twice."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"embed": (512, 128), "attend": (384, 128), "up": (512, 128), "down": (128, 512), "norm": (2048,)}
    spread = {"embed": 1.0, "attend": 0.05, "up": 0.04, "down": 0.02, "norm": 0.3}
    return {name: (torch.randn(shape, generator=generator) * spread[name]).to(dtype) for name, shape in shapes.items()}


MOST = {torch.bfloat16: 0.67, torch.float32: 0.835, torch.float16: 0.85, torch.float64: 0.95}


@pytest.mark.parametrize("dtype", MOST, ids=str)
def test_weights_that_never_repeat_lose_what_their_exponents_have_in_common(dtype: torch.dtype) -> None:
    state = weights(dtype)
    raw = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    with open_store("memory://", trusted=True) as store:
        stored = store.put(capture(state))
        assert stored.stored_bytes <= MOST[dtype] * raw
        back = ObjectStore(store.place, store.url).load(stored.digest)
        again = store.put(capture({"renamed": state}))
    assert list(back) == list(state)
    assert all(back[name].dtype == dtype and torch.equal(back[name], tensor) for name, tensor in state.items())
    assert again.stored_bytes < 1000, "the same weights in another model"


def test_noise_takes_no_more_than_it_is() -> None:
    noise = torch.from_numpy(np.random.default_rng(0).integers(0, 256, 400_000, np.uint8)).view(torch.float32)
    with open_store("memory://", trusted=True) as store:
        stored = store.put(capture({"noise": noise}))
        assert stored.stored_bytes <= noise.numel() * 4 + 1000
        back = store.load(stored.digest)["noise"]
    assert torch.equal(back.view(torch.int32), noise.view(torch.int32)), "NaN payloads too"
