"""What recording adds to a small fit, with the model kept and not, beside MLflow's autolog.

python benchmarks/bench_fit.py [--quick]

The same fits (iris, a decision tree, another seed each time) are made in processes of their own, by turns. Reported
is the median over all fits of what the training thread waits, less that of the bare fits.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from beside import HAS_PEER, answer, row

FITS = """
import json, sys, time
how, store, count, warm = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if how in ("kept", "not kept"):
    import modeldb
    modeldb.autolog(store=store, keep_models=how == "kept")
elif how == "peer":
    import logging, mlflow
    logging.disable(logging.CRITICAL)
    mlflow.set_tracking_uri(f"sqlite:///{store}.db")
    mlflow.sklearn.autolog(silent=True, log_datasets=False)
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier
X, y = load_iris(return_X_y=True)
walls, cpus = [], []
process = time.process_time()
for number in range(count + warm):
    model = DecisionTreeClassifier(random_state=number)
    wall, cpu = time.perf_counter(), time.thread_time()
    model.fit(X, y)
    walls.append(time.perf_counter() - wall)
    cpus.append(time.thread_time() - cpu)
    if how == "peer":
        mlflow.end_run()
print(json.dumps([walls[warm:], cpus[warm:], (time.process_time() - process) / (count + warm)]))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 1 if parser.parse_args().quick else 4
    hows = ["bare", "kept", "not kept"]
    walls: dict[str, list[float]] = {how: [] for how in hows}
    cpus: dict[str, list[float]] = {how: [] for how in hows}
    whole: dict[str, list[float]] = {how: [] for how in hows}
    with tempfile.TemporaryDirectory() as name:
        for number in range(rounds):
            for how in hows:
                wall, cpu, all_cpu = fits(how, Path(name) / f"{how}{number}", 1000 // min(rounds, 4))
                walls[how] += wall
                cpus[how] += cpu
                whole[how].append(all_cpu)
        peer = ""
        if HAS_PEER:
            wall, cpu, _ = fits("peer", Path(name) / "peer", 3, warm=1)
            cpu_more, wall_more = statistics.median(cpu) - statistics.median(cpus["bare"]), statistics.median(wall)
            peer = f"MLflow {cpu_more * 1e3:,.0f} ms, {wall_more:,.1f} s on the clock"
    for how, target in (("kept", 2), ("not kept", 1)):
        beyond = statistics.median(walls[how]) - statistics.median(walls["bare"])
        cpu = statistics.median(cpus[how]) - statistics.median(cpus["bare"])
        background = statistics.median(whole[how]) - statistics.median(whole["bare"])
        row(f"a fit on iris, model {how}, training thread beyond bare", cpu * 1e3, "ms", target, peer)
        row("  on the clock, and all threads' CPU", beyond * 1e3, "ms", None, f"{background * 1e3:.2f} ms")
    row("  the bare fit", statistics.median(cpus["bare"]) * 1e3, "ms")


def fits(how: str, store: Path, count: int, warm: int = 20) -> tuple[list[float], list[float], float]:
    """Seconds of every fit on the clock and of its thread's CPU, and the process's CPU a fit."""
    walls, cpus, whole = answer(
        FITS, how, str(store), str(count), str(warm), cwd=store.parent, peer=how == "peer", OMP_NUM_THREADS="1"
    )
    return walls, cpus, whole


if __name__ == "__main__":
    main()
