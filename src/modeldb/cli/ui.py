"""`modeldb ui`."""

from __future__ import annotations

import click

from modeldb.cli.common import opened, store_option
from modeldb.errors import MissingDependency


@click.command()
@store_option
@click.option("--port", type=click.IntRange(0, 65535), help="The port (default: the first free one from 8265).")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on. One that other machines reach needs the token for reading too.",
)
@click.option(
    "--token",
    envvar="MODELDB_TOKEN",
    help="The token to demand, for reading too (default: a new one, for changes).",
)
@click.option("--open/--no-open", "open_browser", default=True, help="Open the browser.")
def command(store: str | None, port: int | None, host: str, token: str | None, open_browser: bool) -> None:
    """Open the web interface on a store. Ctrl-C ends it."""
    try:
        from modeldb.server.http.running import Address, serve
    except ImportError as error:
        raise MissingDependency(f'{error.name} is not installed; pip install "modeldb[server]".') from error

    def announce(address: Address) -> None:
        click.echo(f"ModelDB is at {address.url}\nIt shows {db.layout.root}. Ctrl-C ends it.")

    with opened(store) as db:
        serve(db, host=host, port=port, token=token, open_browser=open_browser, announce=announce)
