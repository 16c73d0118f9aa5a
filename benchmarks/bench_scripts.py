"""What whole scripts cost recorded, each bare and recorded by turns: those of the demo, or a directory of others.

    python benchmarks/bench_scripts.py [--quick]
    python benchmarks/bench_scripts.py --gallery scikit_learn-1.9.1/examples [--most 40]

The start is paid once, whatever a script does: what the smallest script costs more, by turns with each of the others.
It is taken off before a ratio is made; of the last ratio what a start may take is taken off instead. `--gallery` takes
scripts of any project, such as the examples in scikit-learn's source archive; those that fail, want the network or take
longer than half a minute are left out.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from beside import Cost, by_turns, environment, process, row

from modeldb.demo.stage import SCRIPTS

PATIENCE_S = 30
START_S = 0.4
"""What the start may take."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="each script once")
    parser.add_argument("--gallery", type=Path, help="a directory of scripts instead of the demo's")
    parser.add_argument("--most", type=int, default=40, help="how many of them, spread over the directory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "nothing.py").write_text("import pandas, sklearn.linear_model, sklearn.model_selection\n")
        if options.gallery:
            scripts, times = from_gallery(options.gallery, options.most, root), 1 if options.quick else 3
        else:
            scripts, times = from_demo(root), 1 if options.quick else 3
        starts, ratios, allowed = [], [], []
        for script in scripts:
            cost = paired(root, script, times)
            starts.append(cost["started"] - cost["nothing"])
            more = cost["recorded"] - starts[-1]
            ratios.append((more.cpu / cost["bare"].cpu, more.wall / cost["bare"].wall))
            allowed.append((cost["recorded"].wall - START_S) / cost["bare"].wall)
            beside = f"clock {ratios[-1][1]:.2f}; bare {cost['bare'].wall:.1f} s, {cost['bare'].cpu:.1f} s CPU"
            row(f"{script}.py, CPU beyond the start", ratios[-1][0], "x", None, beside)
        start = Cost(statistics.median(s.wall for s in starts), statistics.median(s.cpu for s in starts))
        beside = f"on the clock {start.wall:.2f} s"
        row("the start, with imports of pandas and scikit-learn, CPU more", start.cpu, "s", START_S, beside)
        cpu, wall = (sorted(column) for column in zip(*ratios, strict=True))
        tail = len(cpu) * 9 // 10
        row(f"the median of {len(cpu)} scripts, CPU", statistics.median(cpu), "x", 1.05, f"p90 {cpu[tail]:.2f}")
        row("  on the clock", statistics.median(wall), "x", 1.05, f"p90 {wall[tail]:.2f}")
        beside = "what is imported when the first model is kept falls under the start"
        row(f"  on the clock, {START_S} s allowed for the start", statistics.median(allowed), "x", 1.05, beside)


def from_demo(root: Path) -> list[str]:
    for script in SCRIPTS:
        (root / f"{script}.py").write_bytes(files("modeldb.demo").joinpath("scripts", f"{script}.py").read_bytes())
    return list(SCRIPTS)


def from_gallery(directory: Path, most: int, root: Path) -> list[str]:
    """Those that run here, copied to `root`, spread evenly over the directory."""
    found = sorted(path for path in directory.rglob("*.py") if "fetch_" not in path.read_text("utf-8", "replace"))
    if not found:
        raise SystemExit(f"There are no scripts in {directory}. Give the directory of a gallery.")
    chosen = []
    for path in found[:: max(1, len(found) // most)]:
        shutil.copy(path, root)
        try:
            ended = subprocess.run(
                [sys.executable, path.name], cwd=root, env=plain(), capture_output=True, timeout=PATIENCE_S
            )
        except subprocess.TimeoutExpired:
            continue
        if ended.returncode == 0:
            chosen.append(path.stem)
    return chosen


def plain(**more: str) -> dict[str, str]:
    return environment(MPLBACKEND="Agg", **more)


def paired(root: Path, script: str, times: int) -> dict[str, Cost]:
    """Costs of a script bare and recorded, and of the smallest one (`nothing`, `started`), each the least of some
    turns: what else a machine does only ever adds to a script's time."""
    recorded = plain(MODELDB_STORE=str(root / "store"))
    run = [sys.executable, "-m", "modeldb", "run"]
    return by_turns(
        times,
        warm=True,
        pick=min,
        bare=lambda: process([sys.executable, f"{script}.py"], root, plain()),
        recorded=lambda: process([*run, f"{script}.py"], root, recorded),
        nothing=lambda: process([sys.executable, "nothing.py"], root, plain()),
        started=lambda: process([*run, "nothing.py"], root, recorded),
    )


if __name__ == "__main__":
    main()
