"""`modeldb demo`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from modeldb.cli.app import call


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("modeldb-demo"),
    show_default=True,
    help="Where scripts, data and store go.",
)
@click.option("--fresh", is_flag=True, help="Record again, even if a demo is there already.")
@click.option(
    "--ui/--no-ui", "open_ui", default=None, help="Open the web interface at the end (default: in a terminal)."
)
def command(directory: Path, fresh: bool, open_ui: bool | None) -> None:
    """Record a few real training scripts and show what can be asked about them.

    Nothing is needed but scikit-learn and pandas; the data are scikit-learn's own and the source of Python's library.
    """
    from modeldb.demo.stage import Stage, record

    # Output may go to a pipe, which has no width: answers are laid out for a page then.
    os.environ.setdefault("COLUMNS", "120")
    stage = Stage(directory.absolute())
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    if not stage.is_recorded or fresh or (interactive and click.confirm(f"{directory} is there. Record it again?")):
        click.echo(f"Recording scripts in {directory}, in about a minute. They know nothing of ModelDB.")
        record(stage, say)
    tour(stage.layout.root)
    open_command = f"modeldb ui --store {directory}"
    if open_ui or (open_ui is None and interactive):
        say(f"\nOpening the web interface; next time: {open_command}")
        call(["ui", "--store", str(stage.layout.root)])
    else:
        say(f"\nTo look around in the browser:  {open_command}")
    say(f"To ask more:                    cd {directory}; modeldb --help")


def tour(store: Path) -> None:
    """Ask the questions and print the answers."""
    import modeldb
    from modeldb.demo.tour import questions

    say("\nWhat can be asked now, for instance:")
    with modeldb.open(store) as db:
        asked = list(questions(db))
    for question in asked:
        say(f"\n── {question.asked}\n\n$ {question.typed}\n")
        call([*question.words, "--store", str(store)])


def say(line: str) -> None:
    """Print a line at once: commands write to the same place past click."""
    click.echo(line)
    sys.stdout.flush()
