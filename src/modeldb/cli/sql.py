"""`modeldb sql`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from modeldb.cli.common import columns, opened, result_options, store_option, write_result, write_text

if TYPE_CHECKING:
    from modeldb.query.result import Result


@click.command()
@click.argument("query", required=False)
@click.option("-n", "--limit", type=click.IntRange(1), help="How many rows at most (default: all).")
@click.option("--timeout", type=float, metavar="SECONDS", help="Stop a query that takes longer.")
@click.option("--views", is_flag=True, help="List every view and column instead.")
@store_option
@result_options
def command(
    query: str | None, limit: int | None, timeout: float | None, views: bool, store: str | None, form: str,
    output: str | None,
) -> None:  # fmt: skip
    """Ask anything in SQL (DuckDB's dialect; reading only). "-" reads the query from standard input.

    \b
      modeldb sql "SELECT type, count(*) FROM models GROUP BY type"
      modeldb sql "SELECT m.type, h.name, h.value, x.name, x.value
                   FROM models m JOIN hyperparameters h USING (model_id) JOIN metrics x USING (model_id)
                   ORDER BY x.value DESC" --format csv
    """
    if views:
        write_result(_views(), form, output)
        return
    if query is None:
        raise click.UsageError('Give a query, for instance "SELECT * FROM models", or --views.')
    if query == "-":
        query = sys.stdin.read()
    with opened(store) as db:
        result = db.sql(query, limit=limit, timeout_s=timeout)
        if form == "table" and query.lstrip()[:7].lower() == "explain":
            write_text("\n".join(str(row[-1]) for row in result) + "\n", output)
        else:
            write_result(result, form, output)


def _views() -> Result:
    from modeldb.query.result import Result
    from modeldb.query.views import ALL

    rows = [(view.name, name, meaning) for view in ALL for name, meaning in view.columns.items()]
    return Result(("view", "column", "meaning"), rows, listing=columns() < 60)
