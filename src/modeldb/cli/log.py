"""`modeldb log`."""

from __future__ import annotations

from typing import Any

import click

from modeldb.cli.common import columns, format_options, opened, store_option, write_json, write_text


@click.command()
@click.option("--graph", is_flag=True, help="Draw the tree of versions instead: a branch for every change.")
@click.option("--project", help="Of this project.")
@click.option("--script", help="Of this script; its file name is enough.")
@click.option("--tag", help="With this tag.")
@click.option("-n", "--limit", type=click.IntRange(1), default=20, help="How many runs at most (default: 20).")
@store_option
@format_options("table", "json")
def command(store: str | None, form: str, output: str | None, **options: Any) -> None:
    """Show runs with their models, newest first, and what each did differently from the one before.

    \b
      modeldb log
      modeldb log --graph --project churn
    """
    with opened(store) as db:
        log = db.log(**options)
        if form == "json":
            write_json(log.to_dict(), output)
        else:
            write_text(log.to_text(min(columns(), 120)) + "\n", output)
