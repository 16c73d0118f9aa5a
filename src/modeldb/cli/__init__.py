"""The command line. Each command is a module loaded when it is called, so that none pays for another's imports."""

from __future__ import annotations

import sys

COMMANDS = {
    "run": ("modeldb.cli.run:command", "Run a script, module or notebook, and record it."),
    "runs": ("modeldb.cli.lists:runs", "List runs, newest first."),
    "models": ("modeldb.cli.lists:models", "List models, newest or best first."),
    "datasets": ("modeldb.cli.lists:datasets", "List datasets, the last one met first."),
    "show": ("modeldb.cli.show:command", "Show anything in full, with how it came to be."),
    "similar": ("modeldb.cli.lists:similar", "List the models nearest to one."),
    "sql": ("modeldb.cli.sql:command", "Ask anything in SQL."),
    "log": ("modeldb.cli.log:command", "Show what was done, and what each run changed."),
    "diff": ("modeldb.cli.diff:command", "Show what is different between two runs, models or datasets."),
    "tag": ("modeldb.cli.annotate:tag", "Tag anything, or take a tag away."),
    "note": ("modeldb.cli.annotate:note", "Write a note about anything."),
    "hide": ("modeldb.cli.annotate:hide", "Leave something out of lists."),
    "init": ("modeldb.cli.init:command", "Make a store for this project."),
    "sync": ("modeldb.cli.sync:command", "Move what was recorded into the catalog."),
    "fsck": ("modeldb.cli.upkeep:fsck", "Verify every stored byte; name what is damaged or missing."),
    "gc": ("modeldb.cli.upkeep:gc", "Remove stored objects that nothing needs any more."),
    "du": ("modeldb.cli.upkeep:du", "Show where the bytes are and what sharing saves."),
    "demo": ("modeldb.cli.demo:command", "Record a few real scripts and show what can be asked about them."),
    "ui": ("modeldb.cli.ui:command", "Open the web interface."),
}
"""Command to where it is and what it does; `modeldb --help` shows this and loads nothing."""


def main() -> None:
    """The `modeldb` command."""
    if sys.argv[1:2] == ["run"]:
        # Nothing of ours, click included, stands between the program and the interpreter.
        from modeldb.cli.run import main as run

        run(sys.argv[2:])
        return
    from modeldb.cli.app import call

    sys.exit(call(sys.argv[1:]))
