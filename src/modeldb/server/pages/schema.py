"""The public views for completion and reading, from their definitions, with types from the engine."""

from __future__ import annotations

from modeldb.errors import QueryError
from modeldb.query.views import FUNCTIONS, VIEWS
from modeldb.server.http.schemas import SchemaInfo, SqlExample, ViewColumn, ViewInfo
from modeldb.server.pages.predictions import Sql

EXAMPLES = (
    ("The best models of each project", """\
SELECT m.project, m.model_id, m.type, x.name, x.value
FROM models m JOIN metrics x USING (model_id)
WHERE m.role = 'model' AND x.name = 'accuracy_score'
QUALIFY row_number() OVER (PARTITION BY m.project ORDER BY x.value DESC) <= 3
ORDER BY m.project, x.value DESC"""),
    ("What a hyperparameter does to a metric", """\
SELECT h.value AS "C", count(*) AS models, avg(x.value) AS mean, max(x.value) AS best
FROM hyperparameters h JOIN metrics x USING (model_id)
WHERE h.name = 'C' AND x.name = 'accuracy_score'
GROUP BY ALL ORDER BY mean DESC"""),
    ("The strongest features over all models", """\
SELECT name, count(*) AS models, avg(abs(coalesce(importance, coefficient))) AS strength
FROM features GROUP BY name ORDER BY strength DESC LIMIT 20"""),
    ("Examples every model got wrong", """\
SELECT dataset_id, "row", any_value(label) AS label, count(*) AS models
FROM predictions GROUP BY dataset_id, "row" HAVING NOT bool_or(correct) ORDER BY models DESC"""),
    ("Models trained on more than one version of a file", """\
SELECT d.source, count(DISTINCT d.dataset_id) AS versions, count(*) AS models
FROM models m JOIN datasets d ON d.dataset_id = m.train_dataset_id
WHERE d.source IS NOT NULL GROUP BY d.source HAVING versions > 1"""),
    ("Where the time goes", """\
SELECT operation, count(*) AS calls, sum(duration_s) AS seconds
FROM actions GROUP BY operation ORDER BY seconds DESC LIMIT 20"""),
)  # fmt: skip


def schema_info(sql: Sql) -> SchemaInfo:
    """Every view with its columns and their types; a type is left empty when the engine cannot say it here."""
    views = [
        ViewInfo(
            name=view.name,
            doc=view.summary,
            columns=[
                ViewColumn(name=name, type=type, doc=view.columns.get(name))
                for name, type in _types(sql, view.name, list(view.columns)).items()
            ],
        )
        for view in VIEWS.values()
    ]
    views += [ViewInfo(name=f"{name}('…')", doc=doc, columns=[]) for name, doc in FUNCTIONS.items()]
    return SchemaInfo(views=views, examples=[SqlExample(title=title, sql=text) for title, text in EXAMPLES])


def _types(sql: Sql, view: str, columns: list[str]) -> dict[str, str]:
    try:
        described = list(sql(f"DESCRIBE SELECT * FROM {view}"))
    except QueryError:
        return dict.fromkeys(columns, "")
    return {row[0]: row[1] for row in described}
