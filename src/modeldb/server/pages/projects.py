"""Projects as cards: how much is there, how lively, how good."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from typing import Any

import numpy as np

from modeldb.query.directions import higher_is_better, main_metric
from modeldb.query.lists import NOT_HIDDEN
from modeldb.server.http.schemas import (
    ExperimentInfo,
    MetricSummary,
    ProjectCard,
    ProjectDetail,
    ProjectList,
    TypeCount,
)
from modeldb.server.pages.briefs import annotations_of, runs_where
from modeldb.server.pages.find import dicts, project_name
from modeldb.server.source import Source
from modeldb.server.tables.column import Codes
from modeldb.server.tables.fields import HIDDEN, STEPS, THEN
from modeldb.server.tables.loading import Tables
from modeldb.server.tables.pivot import Snapshot
from modeldb.server.tables.shared import SharedData

DAYS = 30
DAY = 86400.0
PROJECT = "project_id, name, description, author, created_at"


def project_list(source: Source, tables: Tables, shared: SharedData, text: str = "") -> ProjectList:
    """Cards of the projects whose name, description or author hold this text; the most lively first."""
    rows = dicts(source, PROJECT, "FROM projects")
    wanted = text.lower().split()
    found = [row for row in rows if all(w in " ".join(map(str, row.values())).lower() for w in wanted)]
    models = tables.models()
    cards = [
        models.remembered(("card", row["project_id"]), partial(_card, source, tables, shared, row)) for row in found
    ]
    cards.sort(key=lambda card: (-(card.last_activity or 0), card.name))
    return ProjectList(projects=cards, total=len(cards))


def project_detail(source: Source, tables: Tables, shared: SharedData, text: str) -> ProjectDetail:
    """One project by its id or name. Raises NotFound."""
    name = project_name(source, text)
    row = dicts(source, PROJECT, "FROM projects WHERE name = :name", {"name": name})[0]
    card = _card(source, tables, shared, row)
    experiments = dicts(
        source,
        "x.experiment_id, x.name, x.description, count(r.run_id) AS n_runs, max(r.started_at) AS last_activity, "
        "(SELECT count(*) FROM models m JOIN runs q ON q.run_id = m.run_id WHERE q.experiment_id = x.experiment_id "
        f"AND m.role = 'model' AND {NOT_HIDDEN.format(column='m.model_id')}) AS n_models",
        "FROM experiments x LEFT JOIN runs r ON r.experiment_id = x.experiment_id "
        f"AND {NOT_HIDDEN.format(column='r.run_id')} WHERE x.project_id = :id "
        "GROUP BY x.experiment_id, x.name, x.description ORDER BY 5 DESC",
        {"id": row["project_id"]},
    )
    shown = f"r.project_id = :id AND {NOT_HIDDEN.format(column='r.run_id')}"
    runs = runs_where(source, f"{shown} ORDER BY r.started_at DESC LIMIT 20", {"id": row["project_id"]})
    main = main_metric({metric.name: metric.count for metric in card.metrics})
    return ProjectDetail(
        project=card,
        experiments=[ExperimentInfo(**experiment) for experiment in experiments],
        recent_runs=runs,
        annotations=annotations_of(source, row["project_id"])[0],
        main_metric=f"metric.{main}" if main else None,
    )


def _card(source: Source, tables: Tables, shared: SharedData, row: dict[str, Any]) -> ProjectCard:
    models, runs = tables.models(), tables.runs()
    all_fits, all_runs = _rows_of(models, row["name"]), _rows_of(runs, row["name"])
    fits, mine = _not_hidden(models, all_fits), _not_hidden(runs, all_runs)
    roles = models.column("role").values
    own = np.array([i for i in fits if roles[i] == "model"], dtype=np.int64)
    n_own = sum(roles[i] == "model" for i in all_fits)
    statuses = Counter(runs.column("status").values[i] for i in mine)
    started, ended = runs.column("started_at").numbers[all_runs], runs.column("ended_at").numbers[all_runs]
    last = max([*started[~np.isnan(started)], *ended[~np.isnan(ended)]], default=None)
    named, made_of = models.column("type").values, models.column(STEPS).values
    types = Counter(_what_it_ends_with(named[i], made_of[i]) for i in own)
    n_met_first = source.query(
        "SELECT count(*) FROM datasets d JOIN runs r ON r.run_id = d.first_seen_run WHERE r.project_id = :id",
        {"id": row["project_id"]},
    )[0][0]
    return ProjectCard(
        **row,
        last_activity=None if last is None else float(last),
        n_runs=len(mine),
        n_running=statuses["running"],
        n_failed=statuses["failed"] + statuses["killed"],
        n_models=len(own),
        n_fits=len(fits),
        n_candidates=sum(roles[i] == "candidate" for i in fits),
        n_hidden=n_own - len(own) + len(all_runs) - len(mine),
        n_datasets=n_met_first + len(shared.of(row["name"])),
        model_types=[TypeCount(type=type, count=n) for type, n in types.most_common()],
        metrics=_metric_summaries(models, own, of_models=True) or _metric_summaries(runs, mine, of_models=False),
        activity=_activity(started),
    )


def _what_it_ends_with(type: str, steps: str | None) -> str:
    """A pipeline is known by its last step: that there are pipelines says little about a project."""
    return steps.rpartition(THEN)[2] if steps and type.endswith("Pipeline") else type


def _rows_of(snapshot: Snapshot, project: str) -> Codes:
    codes, distinct = snapshot.column("project").coded
    return np.flatnonzero(codes == distinct.index(project)) if project in distinct else np.empty(0, np.int64)


def _not_hidden(snapshot: Snapshot, rows: Codes) -> Codes:
    hidden = snapshot.find(HIDDEN)
    return rows if hidden is None else rows[~hidden.present[rows]]


def _metric_summaries(table: Snapshot, rows: Codes, *, of_models: bool) -> list[MetricSummary]:
    def of_best(column: str, row: int) -> Any:
        return table.column(column).values[row] if of_models else None

    out = []
    for key in table.of_kind("metric"):
        if "@" in key:
            continue
        numbers = table.column(key).numbers[rows]
        there = np.flatnonzero(np.isfinite(numbers))
        if not len(there):
            continue
        values = numbers[there]
        better = higher_is_better(key[7:])
        best = there[np.argmin(values) if better is False else np.argmax(values)]
        out.append(
            MetricSummary(
                name=key[7:], higher_is_better=better, best=float(numbers[best]),
                best_model_id=table.ids[rows[best]] if of_models else None,
                best_model_name=of_best("name", rows[best]),
                best_model_type=of_best("type", rows[best]),
                best_model_steps=of_best(STEPS, rows[best]),
                best_run_id=of_best("run_id", rows[best]) if of_models else table.ids[rows[best]],
                min=float(values.min()), max=float(values.max()), mean=float(values.mean()), count=len(values),
            )
        )  # fmt: skip
    main = main_metric({metric.name: metric.count for metric in out})
    return sorted(out, key=lambda metric: (metric.name != main, -metric.count, metric.name))


def _activity(started: Any) -> list[int]:
    days = np.floor((time.time() - started[~np.isnan(started)]) / DAY).astype(np.int64)
    recent = days[(days >= 0) & (days < DAYS)]
    return [int(n) for n in np.bincount(recent, minlength=DAYS)[::-1]]
