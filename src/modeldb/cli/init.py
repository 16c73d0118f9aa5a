"""`modeldb init`."""

from __future__ import annotations

from pathlib import Path

import click

from modeldb.cli.common import format_options, store_option, write_json, write_text


@click.command()
@store_option
@format_options("table", "json")
def command(store: str | None, form: str, output: str | None) -> None:
    """Make a store for this project: the directory .modeldb here, or the one given.

    Scripts run in this directory or below are recorded there from then on. Making it again changes nothing.
    """
    from modeldb.catalog.opening import open_catalog
    from modeldb.store import DIRECTORY, StoreLayout, find_store, init

    layout = find_store(store) if store else StoreLayout(Path.cwd() / DIRECTORY)
    existed = layout.exists
    init(layout)
    open_catalog(layout.catalog).close()
    if form == "json":
        write_json({"store": str(layout.root), "made": not existed}, output)
    elif existed:
        write_text(f"The store {layout.root} is there already.\n", output)
    else:
        write_text(f"Made the store {layout.root}. Record a script with: modeldb run SCRIPT\n", output)
