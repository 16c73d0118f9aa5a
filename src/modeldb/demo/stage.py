"""Where the demo runs: a directory with copies of the scripts, a git repository and a store, made and filled here."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from modeldb.demo.edits import EDITS, SCRIPT, Edit
from modeldb.errors import InvalidInput, MissingDependency, ModelDBError
from modeldb.store import DIRECTORY, StoreLayout, init

SCRIPTS = ("prepare", "functions", "tumours", "sources", "diabetes", "digits")
"""In the order they are run; each is also the name of its project, but the first, which has the project `data`."""

_IGNORE = "data/\n__pycache__/\n"

Say = Callable[[str], None]
"""Takes a line of progress."""


@dataclass(frozen=True)
class Stage:
    """The demo's directory."""

    root: Path

    @property
    def layout(self) -> StoreLayout:
        """Its store."""
        return StoreLayout(self.root / DIRECTORY)

    @property
    def is_recorded(self) -> bool:
        """Whether a demo was recorded here to the end."""
        return (self.layout.root / "demo").exists()

    def clear(self) -> None:
        """Delete what an earlier demo made here, and nothing else.

        Raises InvalidInput when the directory holds other things and no demo.
        """
        if self.root.exists() and any(self.root.iterdir()) and not self.layout.exists:
            raise InvalidInput(
                f"{self.root} is not empty and holds no demo. Give another place: modeldb demo --directory DIRECTORY."
            )
        for name in (DIRECTORY, ".git", "data", "__pycache__"):
            shutil.rmtree(self.root / name, ignore_errors=True)
        for name in (".gitignore", *(f"{script}.py" for script in SCRIPTS)):
            (self.root / name).unlink(missing_ok=True)


def record(stage: Stage, say: Say) -> None:
    """Run and record every script, and one of them again after each edit.

    Raises MissingDependency without the libraries the scripts use, ModelDBError when one fails.
    """
    for library, package in (("sklearn", "scikit-learn"), ("pandas", "pandas")):
        if importlib.util.find_spec(library) is None:
            raise MissingDependency(f'{package} is not installed; pip install "modeldb[sklearn]".')
    stage.clear()
    stage.root.mkdir(parents=True, exist_ok=True)
    init(stage.layout)
    for name in SCRIPTS:
        source = files("modeldb.demo").joinpath("scripts", f"{name}.py").read_text(encoding="utf-8")
        (stage.root / f"{name}.py").write_text(source, encoding="utf-8")
    (stage.root / ".gitignore").write_text(_IGNORE)
    git = Git(stage.root)
    git("init", "--quiet")
    git("symbolic-ref", "HEAD", "refs/heads/main")
    git("add", ".")
    git("commit", "--quiet", "-m", "Begin")
    steps = len(SCRIPTS) + len(EDITS)
    for number, name in enumerate(SCRIPTS, 1):
        _run(stage, name, say, f"[{number}/{steps}]")
    for number, edit in enumerate(EDITS, 1 + len(SCRIPTS)):
        _edit(stage, git, edit, say)
        _run(stage, Path(SCRIPT).stem, say, f"[{number}/{steps}]")
        git("commit", "--quiet", "-a", "-m", edit.message)
    git("checkout", "--quiet", "main")
    (stage.layout.root / "demo").touch()


def _edit(stage: Stage, git: Git, edit: Edit, say: Say) -> None:
    git.switch(edit.branch)
    script = stage.root / SCRIPT
    script.write_text(edit.apply(script.read_text(encoding="utf-8")), encoding="utf-8")
    say(f"\n      {SCRIPT} is edited on the branch {edit.branch}: {edit.message.lower()}")


def _run(stage: Stage, name: str, say: Say, progress: str) -> None:
    project = "data" if name == "prepare" else name
    say(f"\n{progress} modeldb run --project {project} {name}.py")
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "modeldb", "run", "--project", project, f"{name}.py"],
        cwd=stage.root,
        env=_environment(stage),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            say(f"      {line.rstrip()}")
        code = process.wait()
    finally:
        process.kill()
    if code:
        raise ModelDBError(
            f"{stage.root / name}.py ended with exit code {code}; see what it wrote above. "
            "Start again with: modeldb demo --fresh."
        )
    say(f"      took {time.monotonic() - started:.1f} s")


def _environment(stage: Stage) -> dict[str, str]:
    """The user's, without what would send the recording elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODELDB_")}
    return {**kept, "MODELDB_STORE": str(stage.layout.root), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}


class Git:
    """Runs git in one directory, as nobody in particular."""

    def __init__(self, root: Path) -> None:
        self._root = root
        path = shutil.which("git")
        if path is None:
            raise MissingDependency("The demo keeps its scripts in a git repository; install git.")
        self._path = path

    def __call__(self, *words: str) -> str:
        # The user's own configuration may demand signatures or run hooks.
        options = ["user.name=demo", "user.email=demo@localhost", "commit.gpgsign=false", "core.hooksPath=/dev/null"]
        command = [self._path, *(word for option in options for word in ("-c", option)), *words]
        done = subprocess.run(command, cwd=self._root, capture_output=True, text=True)
        if done.returncode:
            raise ModelDBError(f"git {words[0]} failed in {self._root}: {done.stderr.strip()}")
        return done.stdout

    def switch(self, branch: str) -> None:
        """Go to a branch; a new one begins at `main`."""
        exists = self("branch", "--list", branch).strip()
        self("checkout", "--quiet", *([branch] if exists else ["-b", branch, "main"]))
