"""One run, its actions, its sources, and curves of many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from modeldb.errors import NotFound
from modeldb.server.http.endpoint import Endpoints
from modeldb.server.http.routes.tables import MAX_OFFSET
from modeldb.server.http.schemas import ActionPage, CodeText, RunDetail, SeriesList
from modeldb.server.http.state import State
from modeldb.server.pages.find import IN_ONE_GO, full_id, project_name, rows_in
from modeldb.server.pages.learning import with_rounds
from modeldb.server.pages.models import code_refs
from modeldb.server.pages.runs import action_page, run_detail
from modeldb.server.pages.series import series_list
from modeldb.server.tables.fields import HIDDEN
from modeldb.server.tables.table import Rows, Scope, sorted_rows

endpoints = Endpoints()
MAX_TEXT = 1024 * 1024


class RunQuery(Struct, frozen=True, kw_only=True):
    id: str
    """The run's id or a unique prefix."""


class ActionsQuery(Struct, frozen=True, kw_only=True):
    id: str
    offset: Annotated[int, Meta(ge=0, le=MAX_OFFSET)] = 0
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class CodeQuery(Struct, frozen=True, kw_only=True):
    id: str
    position: Annotated[int, Meta(ge=0, le=MAX_OFFSET)]
    """As in the run's `code`."""


class SeriesQuery(Struct, frozen=True, kw_only=True):
    run: Annotated[list[str], Meta(max_length=1000)] = []
    """Ids of runs."""
    model: Annotated[list[str], Meta(max_length=1000)] = []
    """Ids of models."""
    project: str = ""
    """All runs of a project, the newest first, when no run or model is given."""
    filter: Annotated[str, Meta(max_length=10_000)] = ""
    """Of runs, with `project`."""
    hidden: bool = False
    """With `project`, also what somebody hid."""
    name: Annotated[list[str], Meta(max_length=100)] = []
    """Names of metrics; all when there are none."""
    points: Annotated[int, Meta(ge=2, le=2000)] = 300
    """The most points of one curve."""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200
    """The most curves."""
    after: Annotated[int, Meta(ge=0, le=MAX_OFFSET)] = 0
    """An answer's `entry`: only the curves of runs that got points since."""


@endpoints.get("/runs/{id}", RunDetail, RunQuery)
def run(state: State, query: RunQuery) -> RunDetail:
    """Everything about one run."""
    return run_detail(state.source, query.id)


@endpoints.get("/runs/{id}/actions", ActionPage, ActionsQuery)
def actions(state: State, query: ActionsQuery) -> ActionPage:
    """A page of a run's actions, in the order they began."""
    return action_page(state.source, query.id, query.offset, query.limit)


@endpoints.get("/runs/{id}/code/{position}", CodeText, CodeQuery)
def code(state: State, query: CodeQuery) -> CodeText:
    """The text of a source the run used."""
    run_id = full_id(state.source, "run", query.id)
    found = {ref.position: ref for ref in code_refs(state.source, run_id)}
    ref = found.get(query.position)
    if ref is None:
        raise NotFound(f"Run {run_id} has no source {query.position}. It has {sorted(found) or 'none'}.")
    content = state.read_object(ref.digest)
    text = None if content is None else content[:MAX_TEXT].decode("utf-8", "replace")
    truncated = content is not None and len(content) > MAX_TEXT
    return CodeText(path=ref.path, kind=ref.kind, digest=ref.digest, text=text, truncated=truncated)


@endpoints.get("/series", SeriesList, SeriesQuery)
def series(state: State, query: SeriesQuery) -> SeriesList:
    """Metric curves of many runs or models, thinned."""
    # Read before the points: what lands meanwhile comes once more rather than never.
    entry = state.source.last_entry()
    after = query.after if query.after <= entry and not _hid_after(state, query.after) else 0
    runs = [full_id(state.source, "run", text) for text in query.run]
    models = [full_id(state.source, "model", text) for text in query.model]
    news = _with_news(state, after) if after else None
    hidden_runs, hidden_models = 0, frozenset[str]()
    if runs or models:
        runs = [id for id in runs if news is None or id in news.runs]
        models = [id for id in models if news is None or id in news.models]
    else:
        project = project_name(state.source, query.project) if query.project else None
        rows = Rows(state.tables.runs(), Scope(of="runs", project=project, hidden=query.hidden), query.filter)
        if not query.hidden:
            hidden_runs, hidden_models = rows.hidden, _hidden_models(state)
        newest = [rows.snapshot.ids[i] for i in sorted_rows(rows, ["-started_at"])]
        runs = _with_curves(state, [id for id in newest if news is None or id in news.runs], query.limit)
    found = series_list(state.source, runs, models, query.name, query.points, query.limit, hidden_models)
    return msgspec.structs.replace(found, hidden=hidden_runs + found.hidden, entry=entry, after=after)


@dataclass(frozen=True)
class _News:
    runs: set[str]
    models: set[str]


def _with_news(state: State, after: int) -> _News:
    """The runs and models that were measured, or became known, after an entry."""
    rows = state.source.query(
        "SELECT DISTINCT run_id, model_id FROM metrics WHERE entry > :after "
        "UNION SELECT run_id, model_id FROM models WHERE entry > :after",
        {"after": after},
    )
    return _News({row[0] for row in rows}, {row[1] for row in rows if row[1] is not None})


def _hid_after(state: State, entry: int) -> bool:
    """Whether somebody hid or showed anything since: what is known of curves may then hold too many or too few."""
    asked = f"SELECT 1 FROM annotations WHERE kind = 'tag' AND key = '{HIDDEN}' AND entry > :entry LIMIT 1"
    return bool(state.source.query(asked, {"entry": entry}))


def _hidden_models(state: State) -> frozenset[str]:
    rows = state.source.query(
        "SELECT m.model_id FROM annotations h JOIN models m ON m.model_id = h.target_id "
        f"WHERE h.kind = 'tag' AND h.key = '{HIDDEN}' AND h.value IS NOT NULL"
    )
    return frozenset(row[0] for row in rows)


def _with_curves(state: State, run_ids: list[str], limit: int) -> list[str]:
    """The first of these runs that have metrics with steps, or models that learnt in rounds."""
    out: list[str] = []
    for start in range(0, len(run_ids), IN_ONE_GO):
        some = run_ids[start : start + IN_ONE_GO]
        has_steps = "AND EXISTS (SELECT 1 FROM metrics x WHERE x.run_id = runs.run_id AND x.step IS NOT NULL)"
        found = {row["run_id"] for row in rows_in(state.source, "run_id", "runs", "run_id", some, has_steps)}
        found |= with_rounds(state.source, some)
        out += [id for id in some if id in found]
        if len(out) >= limit:
            break
    return out[:limit]
