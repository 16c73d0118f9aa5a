"""`modeldb diff`."""

from __future__ import annotations

import click

from modeldb.cli.common import columns, format_options, opened, store_option, write_json, write_text


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--full", is_flag=True, help="With defaults of replaced estimators, and every coefficient.")
@store_option
@format_options("table", "json")
def command(a: str, b: str, full: bool, store: str | None, form: str, output: str | None) -> None:
    """Show what is different between two runs, models or datasets.

    A and B are beginnings of ids, names or tags.

    \b
      modeldb diff r-3f9a r-77b0
      modeldb diff m-3f9a champion --format json
    """
    with opened(store) as db:
        found = db.diff(a, b, full=full)
        if form == "json":
            write_json(found.to_dict(), output)
        else:
            write_text(found.to_text(columns()) + "\n", output)
