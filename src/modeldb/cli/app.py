"""The group of commands: loads the one that is called and turns errors into messages and exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from modeldb.cli import COMMANDS
from modeldb.errors import ModelDBError


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f' Did you mean "modeldb {near[0]}"?' if near else ' See "modeldb --help".'
            raise click.UsageError(f'There is no command "{args[0]}".{hint}', ctx) from error


def _name_store(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """What `MODELDB_STORE` would have said: the same for every command and for what it starts."""
    if value is not None:
        os.environ["MODELDB_STORE"] = value


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--store", metavar="DIRECTORY", help="The store, for any command.", callback=_name_store, expose_value=False
)
@click.version_option(package_name="modeldb", message="modeldb %(version)s")
def app() -> None:
    """Know how every model came to be.

    \b
      modeldb run train.py            record a script as it is
      modeldb models --by accuracy_score
      modeldb show m-3f9a             everything about one model
      modeldb sql "SELECT type, count(*) FROM models GROUP BY type"

    The store is --store, MODELDB_STORE, the nearest .modeldb/ above here, or your own.
    """


def call(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit code. What was wrong is said on standard error, in a line or two."""
    try:
        app.main(list(arguments), prog_name="modeldb", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ModelDBError as error:
        print(f"modeldb: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        reason = error.strerror or str(error)
        print(f"modeldb: {f'{error.filename}: ' if error.filename else ''}{reason}", file=sys.stderr)
        return 2
    return 0
