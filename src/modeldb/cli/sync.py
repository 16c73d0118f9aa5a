"""`modeldb sync`."""

from __future__ import annotations

import click

from modeldb.cli.common import format_options, opened, store_option, write_json, write_text


@click.command()
@store_option
@format_options("table", "json")
def command(store: str | None, form: str, output: str | None) -> None:
    """Move what was recorded into the catalog, and end the runs of processes that died.

    Questions do this by themselves; it is here for scripts, and to see what could not be read.
    """
    with opened(store) as db:
        report = db.sync()
        if form == "json":
            facts = {
                "records": report.records,
                "journals": report.clients,
                "finished_journals": len(report.removed),
                "killed": list(report.killed),
                "problems": [str(problem) for problem in report.problems],
            }
            write_json(facts, output)
            return
        lines = [f"{report.records} new records from {report.clients} journals."]
        if report.killed:
            lines.append(f"Ended as killed, since their process is gone: {', '.join(report.killed)}.")
        write_text("\n".join(lines) + "\n", output)
