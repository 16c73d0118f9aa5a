"""From what somebody typed to an id: unique prefixes, names, tags."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from modeldb.errors import Ambiguous, NotFound
from modeldb.query.replica import CatalogReader


@dataclass(frozen=True)
class Kind:
    """A kind of thing that has an id."""

    name: str
    table: str
    column: str
    newest_by: str
    prefix: str
    named: str | None = "name"
    """The column that holds what people call it."""


KINDS = (
    Kind("run", "runs", "run_id", "started_at", "r-"),
    Kind("model", "models", "model_id", "created_at", "m-"),
    Kind("dataset", "datasets", "dataset_id", "created_at", "d-"),
    Kind("file", "files", "file_id", "entry", "f-", "path"),
    Kind("version", "models", "version_id", "created_at", "v-", None),
    Kind("project", "projects", "project_id", "created_at", "p-"),
    Kind("experiment", "experiments", "experiment_id", "created_at", "e-"),
    Kind("action", "actions", "action_id", "started_at", "", None),
)

_BY_NAME = {kind.name: kind for kind in KINDS}
_SHOWN = 8


def kind_of(identifier: str) -> str | None:
    """`run`, `model`, … by the letter an id begins with; `action` for what looks like a UUID; else None."""
    for kind in KINDS:
        if kind.prefix and re.fullmatch(rf"{kind.prefix}[0-9a-f]*", identifier):
            return kind.name
    return "action" if re.fullmatch(r"[0-9a-f][0-9a-f-]{3,35}", identifier) else None


def resolve(catalog: CatalogReader, text: str, kinds: Sequence[str] | None = None) -> tuple[str, str]:
    """(kind, full id) of what a unique prefix, a name or a tag means.

    `kinds` restricts what may be meant. Raises NotFound with the nearest there is, Ambiguous with what it could be.
    """
    text = text.strip()
    wanted = [_BY_NAME[name] for name in kinds] if kinds else list(KINDS)
    guess = kind_of(text)
    candidates = [kind for kind in wanted if kind.name == guess]
    found = _unique(catalog, text, candidates, _by_prefix)
    if found is None:
        found = _unique(catalog, text, [kind for kind in wanted if kind.named], _by_name)
    if found is None:
        found = _by_tag(catalog, text, {kind.name for kind in wanted})
    if found is None:
        raise NotFound(_missing(catalog, text, wanted))
    return found


def _unique(catalog: CatalogReader, text: str, kinds: Sequence[Kind], look: Any) -> tuple[str, str] | None:
    found = [(kind.name, identifier) for kind in kinds for identifier in look(catalog, kind, text)]
    if len(found) > 1:
        exact = [item for item in found if item[1] == text]
        if len(exact) == 1:
            return exact[0]
        listed = ", ".join(identifier for _, identifier in found[:_SHOWN])
        more = " and more" if len(found) > _SHOWN else ""
        raise Ambiguous(f"{text!r} could be {listed}{more}. Type more of the id.")
    return found[0] if found else None


def _by_prefix(catalog: CatalogReader, kind: Kind, text: str) -> list[str]:
    rows = catalog.query(
        f"SELECT DISTINCT {kind.column} FROM {kind.table} WHERE {kind.column} >= :low AND {kind.column} < :high "
        f"ORDER BY {kind.column} LIMIT {_SHOWN + 1}",
        {"low": text, "high": text + "~"},
    )
    return [row[0] for row in rows]


def _by_name(catalog: CatalogReader, kind: Kind, text: str) -> list[str]:
    """The newest of this name: names are given again and again, and people mean the last one."""
    rows = catalog.query(
        f"SELECT {kind.column} FROM {kind.table} WHERE {kind.named} = :text ORDER BY {kind.newest_by} DESC LIMIT 1",
        {"text": text},
    )
    return [row[0] for row in rows]


def _by_tag(catalog: CatalogReader, text: str, kinds: set[str]) -> tuple[str, str] | None:
    rows = catalog.query(
        "SELECT target_id FROM annotations WHERE kind = 'tag' AND key = :text AND value IS NOT NULL ORDER BY at DESC",
        {"text": text},
    )
    for row in rows:
        kind = kind_of(row[0])
        if kind in kinds:
            return kind, row[0]
    return None


def _missing(catalog: CatalogReader, text: str, kinds: Sequence[Kind]) -> str:
    what = kinds[0].name if len(kinds) == 1 else "run, model, dataset or action"
    guess = kind_of(text)
    near: list[str] = []
    for kind in kinds:
        if guess not in (None, kind.name):
            continue
        names = _newest(catalog, kind, kind.column)
        if kind.named:
            names += _newest(catalog, kind, kind.named)
        near += difflib.get_close_matches(text, names, n=3, cutoff=0.5)
    if near:
        listed = ", ".join(dict.fromkeys(near[:_SHOWN]))
        return f"There is no {what} {text!r}. Near it there {'is' if len(near) == 1 else 'are'} {listed}."
    listing = next((kind.name for kind in kinds if kind.name == guess), kinds[0].name)
    command = {"dataset": "datasets", "model": "models"}.get(listing, "runs")
    return f'There is no {what} {text!r}; "modeldb {command}" lists what there is.'


def _newest(catalog: CatalogReader, kind: Kind, column: str) -> list[str]:
    rows = catalog.query(
        f"SELECT DISTINCT {column} FROM {kind.table} WHERE {column} IS NOT NULL "
        f"ORDER BY {kind.newest_by} DESC LIMIT 200"
    )
    return [row[0] for row in rows]
