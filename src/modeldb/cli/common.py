"""What commands share: opening the store, the formats of answers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from modeldb.errors import InvalidInput

if TYPE_CHECKING:
    from modeldb.database import Database
    from modeldb.query.result import Result

UNLIMITED = 100_000
"""The width of output that goes to a file or another program: nothing is left out there for want of room."""


def store_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --store."""
    return click.option("--store", metavar="DIRECTORY", help="The store (default: the nearest .modeldb above here).")(
        function
    )


def format_options(*formats: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds --format and --output."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        function = click.option("-o", "--output", metavar="FILE", help="Write to a file instead of the terminal.")(
            function
        )
        return click.option(
            "--format",
            "form",
            type=click.Choice(formats),
            default=formats[0],
            help=f"How to write the answer (default: {formats[0]}).",
        )(function)

    return add


result_options = format_options("table", "json", "csv", "parquet")
"""--format and --output of commands that answer with rows."""


@contextmanager
def opened(store: str | None) -> Iterator[Database]:
    """The store, with its warnings on standard error at the end: they may be why something was not found, too."""
    import modeldb
    from modeldb.query.lean import leave_pandas_out

    leave_pandas_out()
    with modeldb.open(store) as db:
        try:
            yield db
        finally:
            for warning in db.warnings:
                print(f"modeldb: warning: {warning}", file=sys.stderr)


def columns() -> int:
    """The width to write for."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size((100, 24)).columns
    return UNLIMITED


def write_result(result: Result, form: str, output: str | None, max_rows: int | None = None) -> None:
    """Write rows in the format asked for."""
    match form:
        case "json":
            write_text(result.to_json() or "", output)
        case "csv":
            write_text(result.to_csv() or "", output)
        case "parquet":
            _write_parquet(result, output)
        case _:
            write_text(result.to_text(columns(), max_rows) + "\n", output)


def write_text(text: str, output: str | None) -> None:
    """Write text to a file or to standard output."""
    if output:
        Path(output).write_text(text, encoding="utf-8")
    else:
        # A terminal that cannot show a character shows a question mark rather than an error.
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "replace"))


def write_json(value: Any, output: str | None) -> None:
    """Write plain values as JSON a person can read too."""
    import json

    from modeldb.query.export import plain

    write_text(json.dumps(plain(value), indent=1, ensure_ascii=False) + "\n", output)


def _write_parquet(result: Result, output: str | None) -> None:
    if output:
        result.to_parquet(output)
        return
    if sys.stdout.isatty():
        raise InvalidInput("Parquet is not for the terminal; give a file with --output, or redirect the output.")
    import io

    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(result.arrow(), buffer)
    sys.stdout.buffer.write(buffer.getvalue())
