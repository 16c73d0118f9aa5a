"""`modeldb runs`, `models`, `datasets` and `similar`."""

from __future__ import annotations

from typing import Any

import click

from modeldb.cli.common import opened, result_options, store_option, write_result

_limit = click.option("-n", "--limit", type=click.IntRange(1), default=50, help="How many at most (default: 50).")
_hidden = click.option("--hidden", is_flag=True, help="With what was hidden.")


@click.command()
@click.option("--project", help="Of this project.")
@click.option("--experiment", help="Of this experiment.")
@click.option("--status", type=click.Choice(["running", "finished", "failed", "killed"]))
@click.option("--script", help="Of this script; its file name is enough.")
@click.option("--name", help="Of this name.")
@click.option("--user", help="By this user.")
@click.option("--tag", help="With this tag.")
@_limit
@_hidden
@store_option
@result_options
def runs(store: str | None, form: str, output: str | None, **filters: Any) -> None:
    """List runs, newest first.

    \b
      modeldb runs --project churn --status failed
      modeldb runs --script train.py --format json
    """
    with opened(store) as db:
        write_result(db.runs(**filters), form, output)


@click.command()
@click.option("--by", metavar="METRIC", help="Best first by this metric.")
@click.option("--ascending", is_flag=True, help="With --by: smallest first, for errors and losses.")
@click.option("--project", help="Of this project.")
@click.option("--run", help="Of this run.")
@click.option("--type", help="Of this class: RandomForestClassifier.")
@click.option("--name", help="Of this name.")
@click.option("--library", help="Of this library.")
@click.option("--dataset", help="Fitted on this dataset.")
@click.option("--version", help="Of this version.")
@click.option("--tag", help="With this tag.")
@click.option("--all", "every", is_flag=True, help="With the steps of composites and the candidates of searches.")
@_limit
@_hidden
@store_option
@result_options
def models(store: str | None, form: str, output: str | None, every: bool, **filters: Any) -> None:
    """List models, newest or best first.

    \b
      modeldb models --by roc_auc_score --limit 10
      modeldb models --type Pipeline --project churn
    """
    with opened(store) as db:
        write_result(db.models(role=None if every else "model", **filters), form, output)


@click.command()
@click.option("--name", help="Of this name.")
@click.option("--source", help="Read from this file; its name is enough.")
@click.option("--run", help="Taken or given by an action of this run.")
@click.option("--project", help="Taken or given by an action of this project.")
@click.option("--column", help="With a column of this name.")
@click.option("--tag", help="With this tag.")
@_limit
@store_option
@result_options
def datasets(store: str | None, form: str, output: str | None, **filters: Any) -> None:
    """List datasets, the last one met first.

    \b
      modeldb datasets --source customers.csv
      modeldb datasets --column age
    """
    with opened(store) as db:
        write_result(db.datasets(**filters), form, output)


@click.command()
@click.argument("model")
@click.option("--by", default="hyperparameters", show_default=True, help="What to compare them by: hyperparameters, "
              "parts, weights or predictions.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="With the steps of composites and the candidates of searches.")
@click.option("-n", "--limit", type=click.IntRange(1), default=10, help="How many at most (default: 10).")
@store_option
@result_options
def similar(
    model: str, by: str, every: bool, limit: int, store: str | None, form: str, output: str | None
) -> None:  # fmt: skip
    """List the models nearest to one, nearest first, and say what is not alike.

    \b
      modeldb similar m-3f9a
      modeldb similar champion --by predictions
    """
    with opened(store) as db:
        write_result(db.similar_models(model, by, limit=limit, role=None if every else "model"), form, output)
