"""`modeldb fsck`, `modeldb gc` and `modeldb du`."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from modeldb.cli.common import format_options, opened, store_option, write_json, write_text
from modeldb.history.names import in_bytes


@click.command()
@store_option
@click.option("--repair", is_flag=True, help="Replace what is damaged where an intact copy is found.")
@click.option("--from", "copy", metavar="DIRECTORY", help="With --repair: take what is damaged from this copy.")
@format_options("table", "json")
def fsck(store: str | None, repair: bool, copy: str | None, form: str, output: str | None) -> None:
    """Read and verify every stored byte; name what is damaged or missing. Exit code 1 if anything is."""
    import modeldb
    from modeldb.upkeep import check

    with opened(store) as db:
        if copy is None:
            health = check(db, repair=repair)
        else:
            with modeldb.open(copy) as other:
                health = check(db, repair=repair, copy=other)
    if form == "json":
        write_json({"ok": health.ok, **asdict(health)}, output)
    else:
        found = health.objects
        lines = [f"{found.objects} objects in {found.packs} packs, {in_bytes(found.bytes)}: {_verdict(health.ok)}"]
        lines += [f"  {p.what} {p.digest or p.pack}: {p.detail}" for p in found.problems]
        lines += [f"  missing {r.digest}, the {r.what} of {r.owner}" for r in health.missing]
        lines += [f"  {p.what} part {p.digest}{f' of the predictions {p.owner}' * bool(p.owner)}" for p in health.parts]
        lines += [f"  catalog: {problem}" for problem in health.catalog]
        lines += [f"  repaired {digest}" for digest in (*found.repaired, *health.repaired_parts)]
        write_text("\n".join(lines) + "\n", output)
    if not health.ok:
        sys.exit(1)


@click.command()
@store_option
@click.option(
    "--older-than",
    type=float,
    metavar="DAYS",
    help="Also remove the contents of older models, but never of one with a tag or note.",
)
@click.option(
    "--grace", type=float, default=86_400.0, show_default=True, metavar="SECONDS", help="Spare what is newer."
)
@format_options("table", "json")
def gc(store: str | None, older_than: float | None, grace: float, form: str, output: str | None) -> None:
    """Remove stored objects that nothing needs any more."""
    from modeldb.upkeep import collect

    with opened(store) as db:
        report = collect(db, older_than_days=older_than, grace_s=grace)
    if form == "json":
        write_json(asdict(report), output)
        return
    write_text(
        f"Removed {report.removed} objects and parts, {in_bytes(report.freed_bytes)}; kept {report.kept}.\n", output
    )


@click.command()
@store_option
@format_options("table", "json")
def du(store: str | None, form: str, output: str | None) -> None:
    """Show where the bytes are, by project and by kind, and what sharing saves."""
    from modeldb.upkeep import measure

    with opened(store) as db:
        space = measure(db)
    if form == "json":
        write_json(asdict(space), output)
        return
    width = max([len(share.project) for share in space.projects] + [len(kind) for kind, _ in space.kinds] + [8])
    lines = [f"{'project':<{width}}  models   as pickles        added"]
    for share in space.projects:
        sizes = f"{in_bytes(share.size_bytes):>11}  {in_bytes(share.added_bytes):>11}"
        lines.append(f"{share.project:<{width}}  {share.models:>6}  {sizes}")
    lines += ["", f"{'on disk':<{width}}"]
    lines += [f"{kind:<{width}}  {in_bytes(size):>11}" for kind, size in space.kinds]
    if space.stored_bytes:
        ratio = space.size_bytes / space.stored_bytes
        lines += [
            "",
            f"{in_bytes(space.size_bytes)} of models, sources and data are kept in {in_bytes(space.stored_bytes)}: "
            f"{ratio:.1f} times less. Parts that several objects share save {in_bytes(space.shared_bytes)} of it.",
        ]
    write_text("\n".join(lines) + "\n", output)


def _verdict(ok: bool) -> str:
    return "all is well." if ok else "something is wrong."
