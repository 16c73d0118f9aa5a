"""`modeldb tag`, `note` and `hide`."""

from __future__ import annotations

import click

from modeldb.cli.common import opened, store_option


@click.command()
@click.argument("target")
@click.argument("key")
@click.argument("value", default="")
@click.option("--remove", is_flag=True, help="Take the tag away.")
@store_option
def tag(target: str, key: str, value: str, remove: bool, store: str | None) -> None:
    """Tag anything: a run, model, dataset, version. A tag can be used in place of the id.

    \b
      modeldb tag m-3f9a champion
      modeldb tag r-77b0 stage production
      modeldb show champion
    """
    with opened(store) as db:
        click.echo(db.tag(target, key, None if remove else value))


@click.command()
@click.argument("target")
@click.argument("text")
@store_option
def note(target: str, text: str, store: str | None) -> None:
    """Write a note about anything.

    \b
      modeldb note m-3f9a "the first one that beats the baseline"
    """
    with opened(store) as db:
        click.echo(db.note(target, text))


@click.command()
@click.argument("target")
@click.option("--undo", is_flag=True, help="Take it back into lists.")
@store_option
def hide(target: str, undo: bool, store: str | None) -> None:
    """Leave something out of lists and the log. Nothing is deleted."""
    with opened(store) as db:
        click.echo(db.hide(target, not undo))
