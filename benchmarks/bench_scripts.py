"""What whole scripts cost recorded: those of the demo, each bare and recorded by turns.

python benchmarks/bench_scripts.py [--quick]

The start is what the smallest script costs more, and is taken off before the ratio is made: it is paid once, whatever
the script does.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from beside import Cost, by_turns, environment, process, row

from modeldb.demo.stage import SCRIPTS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each script once")
    times = 1 if parser.parse_args().quick else 3
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "nothing.py").write_text("import pandas, sklearn.linear_model, sklearn.model_selection\n")
        for script in SCRIPTS:
            (root / f"{script}.py").write_bytes(files("modeldb.demo").joinpath("scripts", f"{script}.py").read_bytes())
        nothing = paired(root, "nothing", 5, warm=False)
        start = nothing["recorded"] - nothing["bare"]
        row(
            "start: imports of pandas and scikit-learn, CPU more",
            start.cpu,
            "s",
            0.4,
            f"on the clock {start.wall:.2f} s",
        )
        ratios = []
        for script in SCRIPTS:
            cost = paired(root, script, times)
            more = cost["recorded"] - start
            ratios.append((more.cpu / cost["bare"].cpu, more.wall / cost["bare"].wall))
            beside = f"clock {ratios[-1][1]:.2f}; bare {cost['bare'].wall:.1f} s, {cost['bare'].cpu:.1f} s CPU"
            row(f"{script}.py, CPU beyond the start as a ratio", ratios[-1][0], "x", None, beside)
        cpu, wall = (statistics.median(column) for column in zip(*ratios, strict=True))
        row("the median of the scripts, CPU", cpu, "x", 1.05)
        row("  on the clock", wall, "x", 1.05)


def paired(root: Path, script: str, times: int, *, warm: bool = True) -> dict[str, Cost]:
    """Costs bare and recorded."""
    words = [sys.executable, f"{script}.py"]
    ours = [sys.executable, "-m", "modeldb", "run", f"{script}.py"]
    recorded = environment(MODELDB_STORE=str(root / "store"))
    return by_turns(
        times,
        warm=warm,
        bare=lambda: process(words, root, environment()),
        recorded=lambda: process(ours, root, recorded),
    )


if __name__ == "__main__":
    main()
