"""Every benchmark, one after the other, with the machine's load beside it: what `make bench` runs.

    python benchmarks/run_all.py            settings that take about half an hour
    python benchmarks/run_all.py --quick    a few minutes: orders of magnitude
    python benchmarks/run_all.py fit run    only these

Figures of different rows were taken at different moments; ratios within a row were taken in turns.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from beside import HAS_PEER

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Benchmark:
    """A script here, and its words for a usual and a quick round."""

    name: str
    about: str
    words: tuple[str, ...] = ()
    quick: tuple[str, ...] = ("--quick",)


ALL = (
    Benchmark("import", "importing, and the smallest recorded program"),
    Benchmark("fit", "what recording adds to a small fit"),
    Benchmark("run", "logging by hand: steps, runs, the best of many"),
    Benchmark("scripts", "whole scripts, recorded and bare"),
    Benchmark("journal", "the journal and the way into the catalog"),
    Benchmark("digest", "naming data by content"),
    Benchmark("storage", "models by parts, beside pickles", ("--scale", "0.3", "--times"), ("--scale", "0.1")),
    Benchmark("torch", "weights of networks", (), ("--width", "256", "--epochs", "2")),
    Benchmark(
        "examples", "predictions, example by example", ("--models", "200"), ("--models", "20", "--examples", "20000")
    ),
    Benchmark("query", "questions to a large store", ("--models", "100000"), ("--runs", "1000", "--models", "10000")),
    Benchmark("http", "the pages' answers over HTTP", ("--runs", "10000"), ("--runs", "1000")),
    Benchmark(
        "ui", "the web interface in a browser, beside MLflow's", ("--runs", "10000"), ("--runs", "1000", "--no-peer")
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *(b.name for b in ALL)], help="which; all of them by default")
    parser.add_argument("--quick", action="store_true", help="smaller and fewer")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if not HAS_PEER:
        print("MLflow is not here: its figures are missing. `make bench` installs it where it can be had.")
    failed = []
    for benchmark in ALL:
        if options.names and benchmark.name not in options.names:
            continue
        words = benchmark.quick if options.quick else benchmark.words
        print(f"\n== {benchmark.about}  ({benchmark.name}; load {load()})", flush=True)
        began = time.monotonic()
        done = subprocess.run([sys.executable, str(HERE / f"bench_{benchmark.name}.py"), *words], check=False)
        print(f"   took {time.monotonic() - began:.0f} s; load {load()}", flush=True)
        if done.returncode:
            failed.append(benchmark.name)
    if failed:
        print(f"\nThese ended with an error: {', '.join(failed)}.")
    return bool(failed)


def load() -> str:
    """Processes that want a core, over the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
