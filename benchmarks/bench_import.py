"""What `import modeldb` and the smallest recorded program cost, beyond Python's own start.

python benchmarks/bench_import.py [--quick]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from beside import HAS_PEER, by_turns, environment, process, python, row

HELLO = "print('hello world')\n"
LOGGED = """
import modeldb
with modeldb.run('hello') as run:
    run.log_metric('m', 1.0)
print('hello world')
"""
PEER_LOGGED = """
import mlflow
with mlflow.start_run():
    mlflow.log_metric('m', 1.0)
print('hello world')
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a quarter of the rounds")
    times = 5 if parser.parse_args().quick else 20
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "hello.py").write_text(HELLO)
        imports(times)
        hello(root, times)


def imports(times: int) -> None:
    calls = {
        "bare": lambda: process(python("pass")),
        "ours": lambda: process(python("import modeldb")),
        "autolog": lambda: process(
            python("import modeldb; modeldb.autolog, modeldb.run, modeldb.open, modeldb.action")
        ),
    }
    if HAS_PEER:
        calls["peer"] = lambda: process(python("import mlflow", peer=True))
    cost = by_turns(times, **calls)
    peer = f"MLflow {(cost['peer'] - cost['bare']).cpu * 1e3:,.0f} ms" if HAS_PEER else ""
    row("import modeldb, CPU beyond `python -c pass`", (cost["ours"] - cost["bare"]).cpu * 1e3, "ms", 60, peer)
    row("  on the clock", (cost["ours"] - cost["bare"]).wall * 1e3, "ms")
    row("  with every public name used, CPU", (cost["autolog"] - cost["bare"]).cpu * 1e3, "ms")


def hello(root: Path, times: int) -> None:
    ours = environment(MODELDB_STORE=str(root / "store"))
    peers = environment(MLFLOW_TRACKING_URI=f"sqlite:///{root}/mlflow.db")
    script = str(root / "hello.py")
    calls = {
        "bare": lambda: process([sys.executable, script], root),
        "run": lambda: process([sys.executable, "-m", "modeldb", "run", script], root, ours),
        "logged": lambda: process(python(LOGGED), root, ours),
    }
    if HAS_PEER:
        calls["peer"] = lambda: process(python(PEER_LOGGED, peer=True), root, peers)
    cost = by_turns(max(times // 2, 3), **calls)
    peer = f"MLflow {(cost['peer'] - cost['bare']).cpu:,.2f} s" if HAS_PEER else ""
    row("hello world through `modeldb run`, CPU beyond bare", (cost["run"] - cost["bare"]).cpu, "s", 0.3)
    row("  on the clock", (cost["run"] - cost["bare"]).wall, "s")
    row("hello world that logs a metric, CPU beyond bare", (cost["logged"] - cost["bare"]).cpu, "s", 0.3, peer)
    row("  on the clock", (cost["logged"] - cost["bare"]).wall, "s")


if __name__ == "__main__":
    main()
