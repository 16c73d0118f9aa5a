"""What is known of a run when it begins: names, place and person."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from modeldb.client.secrets import mask_arguments
from modeldb.config import Settings
from modeldb.core import ids
from modeldb.core.actions import RunStarted
from modeldb.core.users import user_name


class Scope(msgspec.Struct, frozen=True):
    """A run under way in this process."""

    run_id: str
    project: str
    experiment: str
    name: str | None
    user: str
    script: str | None
    command: tuple[str, ...]
    cwd: str
    parent_run_id: str | None = None
    pid: int = msgspec.field(default_factory=os.getpid)
    """The process that began the run and will end it."""
    started_at: float = msgspec.field(default_factory=ids.now)
    next_seq: Callable[[], int] = msgspec.field(default_factory=lambda: itertools.count().__next__)

    @property
    def is_ours(self) -> bool:
        """True in the process that began the run; a worker, or a forked child, has only joined it."""
        return self.pid == os.getpid()

    def started(self) -> RunStarted:
        """The record that this process records the run from here on."""
        attached = not self.is_ours
        return RunStarted(
            run_id=self.run_id,
            started_at=ids.now() if attached else self.started_at,
            project=self.project,
            experiment=self.experiment,
            name=self.name,
            user=self.user,
            host=host_name(),
            pid=os.getpid(),
            command=list(self.command),
            script=self.script,
            cwd=self.cwd,
            python=sys.version.split()[0],
            parent_run_id=self.parent_run_id,
            attached=attached,
        )


def open_scope(
    settings: Settings,
    *,
    joins: str | None = None,
    script: str | None = None,
    command: Sequence[str] | None = None,
    parent_run_id: str | None = None,
) -> Scope:
    """A new run, named by the settings or else by the script and the directory it is in; or, in a worker, the run it
    joins."""
    cwd = _working_directory()
    if command is None:  # this process's own program
        command, script = _command(), script or main_script()
    # A module is named within the directory it is run from; a script may be run from anywhere.
    home = Path(script).parent if script and list(command[1:2]) != ["-m"] else Path(cwd)
    return Scope(
        run_id=joins or ids.new_run_id(),
        project=settings.project or project_name(home),
        experiment=settings.experiment,
        name=settings.name or (Path(script).stem if script else None),
        user=user_name(),
        script=script,
        command=tuple(mask_arguments(command)),
        cwd=cwd,
        parent_run_id=parent_run_id,
        pid=0 if joins else os.getpid(),
    )


def main_script() -> str | None:
    """The absolute path of the program this process runs, if it is a file."""
    path = getattr(sys.modules.get("__main__"), "__file__", None)
    if path is None and not hasattr(sys, "ps1"):
        path = _script_among(sys.orig_argv[1:])
    return os.path.abspath(path) if path else None


def _script_among(words: Sequence[str]) -> str | None:
    """The script a Python command line names: what counts before the interpreter has come to run it."""
    takes_value = False
    for word in words:
        if takes_value:
            takes_value = False
        elif word in ("-W", "-X", "--check-hash-based-pycs"):
            takes_value = True
        elif not word.startswith("-"):
            return word
        elif not word.startswith("--") and ("c" in word or "m" in word):
            return None
    return None


def project_name(directory: Path) -> str:
    """The name of the git repository a directory is in, else the directory's own."""
    directory = directory.absolute()
    for above in (directory, *directory.parents):
        if (above / ".git").exists():
            return above.name or "default"
    return directory.name or "default"


def host_name() -> str:
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "unknown")


def _working_directory() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _command() -> list[str]:
    words = sys.orig_argv[1:]
    return ["python", *words]
