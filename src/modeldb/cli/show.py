"""`modeldb show`."""

from __future__ import annotations

import click

from modeldb.cli.common import columns, format_options, opened, store_option, write_json, write_text


@click.command()
@click.argument("target")
@store_option
@format_options("table", "json")
def command(target: str, store: str | None, form: str, output: str | None) -> None:
    """Show anything in full, with how it came to be.

    TARGET is the beginning of an id, a name or a tag: of a run, model, dataset, action, file, version or project.

    \b
      modeldb show m-3f9a
      modeldb show champion
      modeldb show train.csv --format json
    """
    with opened(store) as db:
        if form == "json":
            write_json(db.facts(target), output)
        else:
            write_text(db.show(target, min(columns(), 120)) + "\n", output)
