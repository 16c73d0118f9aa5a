"""`modeldb run`: record a script, a module or a notebook.

Parsed without click, which would stand between the program and the interpreter: it turns Ctrl-C into an exit code of
its own and takes longer to load than a small script takes to run. The `command` below is how click lists it.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click

    from modeldb.client.launch import Program


def main(arguments: Sequence[str]) -> None:
    """Run and record what the arguments say. Leaves as the program does: by returning, or by what it raises."""
    parser = _parser()
    ours, program_words = _split(list(arguments))
    options = parser.parse_args(ours)
    if not program_words or program_words == ["-m"]:
        parser.error("nothing to run: give a SCRIPT, or -m MODULE")
    from modeldb.client import complaints, launch, switch
    from modeldb.errors import ModelDBError

    try:
        program, name = _program(program_words)
    except ModelDBError as error:
        print(f"modeldb run: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    try:
        switch.start(
            project=options.project,
            experiment=options.experiment,
            name=options.name or os.environ.get("MODELDB_RUN_NAME") or name,
            tags=dict(options.tag),
            store=options.store,
            keep_models=options.keep_models,
            script=program.path,
            command=program.command,
            script_text=program.text,
        )
    except ModelDBError as error:
        complaints.not_recorded(error)
    launch.run(program)


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Our own options, and from SCRIPT or `-m` on the words that are the program's, whatever they look like."""
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] not in ("-m", "-"):
        at += 2 if arguments[at] in _WITH_VALUE else 1
    return arguments[:at], arguments[at:]


_WITH_VALUE = ("--project", "--experiment", "--name", "--tag", "--store")


def _program(words: list[str]) -> tuple[Program, str]:
    """What to run, and what to call the run if nobody says."""
    from modeldb.client import launch, notebook

    if words[0] == "-m":
        return launch.module(words[1], words[2:]), words[1]
    path = words[0]
    if path.endswith(".ipynb"):
        return notebook.program(path, words[1:]), Path(path).stem
    return launch.script(path, words[1:]), Path(path).stem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="modeldb run",
        usage="modeldb run [OPTIONS] SCRIPT [ARGUMENTS…] | [OPTIONS] -m MODULE [ARGUMENTS…]",
        description="Run a Python script, module or notebook as Python would, and record it.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--project", metavar="NAME", help="the project (default: the name of the git repository or directory)")
    add("--experiment", metavar="NAME", help="the experiment within the project (default: default)")
    add("--name", metavar="NAME", help="what to call this run (default: the script's name)")
    add("--tag", metavar="KEY=VALUE", type=_tag, action="append", default=[], help="tag the run; may be repeated")
    add("--store", metavar="DIRECTORY", help="the store (default: the nearest .modeldb above, else the user's own)")
    add("--no-models", dest="keep_models", action="store_false", default=None, help="do not keep fitted models")
    return parser


def _tag(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE, for instance --tag stage=draft")
    return key, value


def __getattr__(name: str) -> Any:
    if name == "command":
        return _command()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@functools.cache
def _command() -> click.Command:
    import click

    @click.command(
        "run",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
        short_help="Run a script, module or notebook, and record it.",
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def run(arguments: tuple[str, ...]) -> None:
        main(arguments)

    return run


if __name__ == "__main__":
    main(sys.argv[1:])
