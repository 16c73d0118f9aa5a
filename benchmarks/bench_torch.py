"""How small weights of networks are kept: fine-tunes of a frozen body, checkpoints, weights that never repeat.

    python benchmarks/bench_torch.py [--width 1024] [--epochs 6]

A small network is really trained (on scikit-learn's digits), since what can be saved depends on how training leaves
exponents. Bytes are those the store grows by; times are processor time.
"""

from __future__ import annotations

import argparse
import copy
import io
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

from beside import row
from sklearn.datasets import load_digits

from modeldb.objects import ObjectStore, capture, open_store

try:
    import torch
    from torch import nn
except ImportError:
    print("torch is not installed: its figures are missing.")
    sys.exit()


def main() -> None:
    """Train, store and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    torch.set_num_threads(1)
    network, checkpoints = _trained(options.width, options.epochs)
    state = network.state_dict()
    for dtype, most in ((torch.float32, 83.0), (torch.bfloat16, 67.0), (torch.float16, None)):
        _weights(str(dtype).removeprefix("torch."), {name: w.to(dtype) for name, w in state.items()}, most)
    noise = torch.randint(0, 256, (4_000_000,), dtype=torch.uint8).view(torch.float32)
    _weights("noise", {"noise": noise}, 100.1)
    _fine_tunes(network)
    with _empty() as store:
        raw = sum(map(_bytes, checkpoints))
        grown = sum(store.put(capture(checkpoint)).stored_bytes for checkpoint in checkpoints)
        row(f"{len(checkpoints)} checkpoints with Adam's state, of raw", 100 * grown / raw, "%", 100)
    _times(network)


def _trained(width: int, epochs: int) -> tuple[Any, list[dict[str, Any]]]:
    X, y = load_digits(return_X_y=True)
    inputs, labels = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
    network = nn.Sequential(
        nn.Linear(64, width), nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10)
    )
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3)
    checkpoints = []
    for _ in range(epochs):
        for start in range(0, len(inputs), 64):
            optimizer.zero_grad()
            batch = slice(start, start + 64)
            nn.functional.cross_entropy(network(inputs[batch]), labels[batch]).backward()
            optimizer.step()
        checkpoints.append(copy.deepcopy({"model": network.state_dict(), "optimizer": optimizer.state_dict()}))
    return network, checkpoints


def _weights(name: str, state: dict[str, Any], most: float | None) -> None:
    with _empty() as store:
        stored = store.put(capture(state))
        raw = _bytes(state)
        row(f"{name} weights, of raw", 100 * stored.stored_bytes / raw, "%", most, f"{raw / 1e6:.1f} MB raw")
        again = store.put(capture({"again": state}))
        row("  the same weights in another dictionary", again.stored_bytes, "bytes", 1000)
        row("  the same model again", store.put(capture(state)).stored_bytes, "bytes", 1000)


def _fine_tunes(network: Any) -> None:
    """Twenty heads on one body: the body is stored with the first."""
    body, head = network[:-1], network[-1]
    with _empty() as store:
        grown, raw = [], 0
        for seed in range(20):
            torch.manual_seed(seed)
            tuned = nn.Sequential(body, nn.Linear(head.in_features, 10))
            grown.append(store.put(capture(tuned)).stored_bytes)
            raw += _bytes(tuned.state_dict())
        heads = 20 * (head.weight.nbytes + head.bias.nbytes)
        once = _bytes(body.state_dict()) + heads
        row("20 fine-tunes of a frozen body, of body and heads once", 100 * sum(grown) / once, "%", 100,
            f"{raw / 1e6:.0f} MB raw, {sum(grown) / 1e6:.1f} MB here")  # fmt: skip


def _times(network: Any) -> None:
    """Storing and loading beside torch's own format."""

    def first() -> None:
        with _empty() as store:
            store.put(capture(network.state_dict()))

    put = min(_cpu(first) for _ in range(3))
    with _empty() as store:
        digest = store.put(capture(network.state_dict())).digest
        load = min(_cpu(lambda: store.load(digest)) for _ in range(5))
    file = io.BytesIO()
    save = min(_cpu(lambda: torch.save(network.state_dict(), io.BytesIO())) for _ in range(5))
    torch.save(network.state_dict(), file)

    def theirs() -> None:
        file.seek(0)
        torch.load(file)

    beside = min(_cpu(theirs) for _ in range(5))
    row("store for the first time", put * 1e3, "ms", None, f"torch.save {save * 1e3:.1f} ms")
    row("load, verified and decoded", load * 1e3, "ms", None, f"torch.load {beside * 1e3:.1f} ms")


def _empty() -> ObjectStore:
    return open_store("memory://", trusted=True)


def _bytes(state: Any) -> int:
    """Bytes of all tensors in nested dictionaries and lists."""
    if isinstance(state, torch.Tensor):
        return state.nbytes
    values = state.values() if isinstance(state, dict) else state if isinstance(state, list | tuple) else ()
    return sum(map(_bytes, values))


def _cpu(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    main()
