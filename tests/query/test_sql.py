"""SQL over the public views: what it answers, what it refuses, and how it explains a mistake."""

from __future__ import annotations

import itertools

import pytest

from modeldb.database import Database
from modeldb.errors import NotFound, QueryError, QueryTimeout
from modeldb.query.session import Session, called, mentioned_views
from modeldb.query.views import VIEWS


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_has_the_columns_it_promises(db: Database, name: str) -> None:
    assert db.sql(f'SELECT * FROM "{name}" LIMIT 3').columns == tuple(VIEWS[name].columns)


EMPTY = {"predictions", "prediction_sets", "run_code", "model_parts"}
"""What the made-up store has nothing of."""


@pytest.mark.parametrize("name", sorted(set(VIEWS) - EMPTY))
def test_views_are_filled(db: Database, name: str) -> None:
    assert db.sql(f'SELECT count(*) FROM "{name}"').scalar() > 0


def test_models_join_hyperparameters_and_metrics_by_model_id(db: Database) -> None:
    result = db.sql(
        "select m.type, h.name, h.value, x.name, x.value from models m join hyperparameters h using (model_id) "
        "join metrics x using (model_id) order by x.value desc"
    )
    expected = db.catalog.query("SELECT count(*) FROM hyperparameters h JOIN metrics x ON x.model_id = h.model_id")[0][
        0
    ]
    assert len(result) == expected > 0
    values = [row[4] for row in result if row[4] is not None]
    assert values == sorted(values, reverse=True)


def test_counts_agree_with_the_catalog(db: Database) -> None:
    for row in db.sql("SELECT run_id, n_actions, n_models FROM runs"):
        actions = db.catalog.query("SELECT count(*) FROM actions WHERE run_id = ?", (row[0],))[0][0]
        models = db.catalog.query("SELECT count(*) FROM models WHERE run_id = ? AND role = 'model'", (row[0],))[0][0]
        assert row[1:] == (actions, models)


def test_times_are_timestamps_in_utc(db: Database) -> None:
    seconds = db.catalog.query("SELECT min(started_at) FROM runs")[0][0]
    assert db.sql("SELECT epoch(min(started_at)) FROM runs").scalar() == pytest.approx(seconds)
    assert db.sql("SELECT count(*) FROM runs WHERE started_at < '2000-01-01'").scalar() == 0


def test_parameters_and_limits(db: Database) -> None:
    name = db.sql("SELECT type FROM models LIMIT 1").scalar()
    assert db.sql("SELECT DISTINCT type FROM models WHERE type = ?", [name]).scalar() == name
    assert db.sql("SELECT DISTINCT type FROM models WHERE type = $type", {"type": name}).scalar() == name
    limited = db.sql("SELECT * FROM actions", limit=3)
    assert len(limited) == 3 and limited.truncated
    assert not db.sql("SELECT * FROM range(3)", limit=3).truncated


@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize(
    "sql",
    [
        "PIVOT (SELECT type, role FROM models) ON role USING count(*)",
        "DESCRIBE models",
        "SUMMARIZE metrics",
        "SHOW TABLES",
        "EXPLAIN SELECT * FROM models",
        "FROM models LIMIT 1",
        "WITH a AS (SELECT 1) SELECT * FROM a;",
    ],
)
def test_every_way_to_ask_works(db: Database, sql: str, isolated: bool) -> None:
    assert len(db.sql(sql, isolated=isolated)) > 0


def test_all_views_are_listed(db: Database) -> None:
    listed = db.sql("SELECT table_name FROM information_schema.tables").column("table_name")
    assert set(VIEWS) <= set(listed)


REFUSED = {
    "a table": "CREATE TABLE t (a INT)",
    "two statements": "SELECT 1; DROP VIEW models",
    "a setting": "SET threads = 1",
    "unlocking": "RESET lock_configuration",
    "a file": "SELECT * FROM read_csv('/etc/passwd')",
    "a file by name": "SELECT * FROM '/etc/passwd'",
    "text of a file": "SELECT * FROM read_text('/etc/passwd')",
    "a directory": "SELECT * FROM glob('/*')",
    "writing a file": "COPY (SELECT 1) TO '/tmp/modeldb-should-not-be.csv'",
    "attaching": "ATTACH '/tmp/modeldb-should-not-be.db'",
    "an extension": "INSTALL httpfs",
    "loading": "LOAD httpfs",
    "the network": "SELECT * FROM read_parquet('https://example.com/a.parquet')",
    "the environment": "SELECT getenv('HOME')",
    "a variable of Python": "SELECT * FROM secret_rows",
    "nothing": "  ",
    "a comment": "-- nothing",
    "a transaction": "COMMIT",
    "a pragma": "PRAGMA database_list",
}


@pytest.mark.parametrize("isolated", [False, True])
@pytest.mark.parametrize("what", REFUSED)
def test_everything_but_reading_is_refused(db: Database, what: str, isolated: bool) -> None:
    secret_rows = [1]  # a name the engine could find on our stack
    with pytest.raises(QueryError):
        db.sql(REFUSED[what], isolated=isolated)
    assert secret_rows and db.sql("SELECT count(*) FROM runs", isolated=isolated).scalar() == 30


def test_a_write_hidden_in_a_question_leaves_nothing_behind(db: Database) -> None:
    before = db.sql("SELECT count(*) FROM models").scalar()
    for sql in (
        "WITH x AS (INSERT INTO models SELECT * FROM models RETURNING *) SELECT * FROM x",
        "WITH x AS (DELETE FROM _models RETURNING *) SELECT * FROM x",
    ):
        with pytest.raises(QueryError):
            db.sql(sql)
    assert db.sql("SELECT count(*) FROM models").scalar() == before


MISTAKES = {
    "SELECT * FROM modls": ['"modls"', "models"],
    "SELECT * FROM hyperparams": ["hyperparameters"],
    "SELECT nam FROM models": ['"nam"', "name"],
    "SELECT m.typ FROM models m": ['"typ"', "type"],
    "SELECT n_rows FROM models": ["datasets"],
    "SELECT * FROM models JOIN metrics USING (modelid)": ["model_id"],
    "SELECT * FROM exampels('d-1')": ["examples"],
    "SELECT * FROM ancestors(target)": ["literal"],
    "SELEC 1": ["SELEC"],
    "SELECT lowr(type) FROM models": ["lower"],
}


@pytest.mark.parametrize("sql", MISTAKES)
@pytest.mark.parametrize("isolated", [False, True])
def test_mistakes_are_explained(db: Database, sql: str, isolated: bool) -> None:
    with pytest.raises(QueryError) as caught:
        db.sql(sql, isolated=isolated)
    for word in MISTAKES[sql]:
        assert word in str(caught.value)
    assert "Error:" not in str(caught.value)


@pytest.mark.parametrize("isolated", [False, True])
def test_a_complaint_quotes_what_was_asked(db: Database, isolated: bool) -> None:
    with pytest.raises(QueryError, match="near") as caught:
        db.sql("SELECT kind FROM ancestors('m-0') ORDER kind", isolated=isolated)
    line, caret = str(caught.value).splitlines()[-2:]
    assert "FROM ancestors('m-0') ORDER kind" in line
    assert caret.index("^") == line.index("kind", line.index("ORDER"))


@pytest.mark.parametrize("isolated", [False, True])
def test_results_of_functions_are_exchanged_and_joined(db: Database, isolated: bool) -> None:
    models = db.models(limit=6).column("model_id")
    ids = "SELECT list(id ORDER BY id) FROM ancestors('%s')"
    found = {model: db.sql(ids % model, isolated=isolated).scalar() for model in models}
    assert len({str(ancestors) for ancestors in found.values()}) > 1
    for a, b in itertools.pairwise(models):
        shared = f"SELECT count(*) FROM ancestors('{a}') JOIN Ancestors('{b}') USING (id)"
        assert db.sql(shared, isolated=isolated).scalar() == len(set(found[a]) & set(found[b]))
        twice = f"SELECT count(*) FROM ancestors('{a}'), ancestors('{a}')"
        assert db.sql(twice, isolated=isolated).scalar() == len(found[a]) ** 2
        assert db.sql(ids % b, isolated=isolated).scalar() == found[b]


ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3"


@pytest.mark.parametrize("isolated", [False, True])
def test_a_slow_query_is_stopped(db: Database, isolated: bool) -> None:
    with pytest.raises(QueryTimeout, match=r"0\.2 s"):
        db.sql(ENDLESS, timeout_s=0.2, isolated=isolated)
    assert db.sql("SELECT 1", isolated=isolated).scalar() == 1


def test_a_slow_query_is_stopped_though_its_time_is_over_before_it_runs() -> None:
    session = Session()
    with pytest.raises(QueryTimeout):
        session.run(ENDLESS, timeout_s=0.0)
    session.close()


def test_ancestors_take_prefixes_and_say_when_they_name_nothing(db: Database) -> None:
    model = db.models(limit=1)[0][0]
    kinds = db.sql(f"SELECT DISTINCT kind FROM ancestors('{model[:12]}')").column("kind")
    assert {"action", "dataset"} <= set(kinds)
    with pytest.raises(NotFound, match="m-zz"):
        db.sql("SELECT * FROM ancestors('m-zz')")


def test_lineage_agrees_with_ancestors_and_descendants(db: Database) -> None:
    for model in db.models(limit=5).column("model_id"):
        up = db.sql("SELECT ancestor_id, distance FROM lineage WHERE descendant_id = ?", [model])
        assert set(up) == set(db.sql(f"SELECT id, distance FROM ancestors('{model}')"))
        down = db.sql("SELECT descendant_id, distance FROM lineage WHERE ancestor_id = ?", [model])
        assert set(down) == set(db.sql(f"SELECT id, distance FROM descendants('{model}')"))


def test_words_and_calls_are_found() -> None:
    assert mentioned_views('select * from "Models" m, METRICS') == ["models", "metrics"]


def test_calls_are_replaced_by_names_as_long() -> None:
    asked = "from examples('it''s'), Ancestors ( 'm-1' ), LATERAL examples('it''s') e, examples(x)"
    text, quoted, calls = called(asked)
    assert text.split() == 'from "examples:1" , "ancestors:1" , "examples:2" e, examples(x)'.split()
    assert quoted == asked and len(text) == len(asked) and text.index("e, ") == asked.index("e, ")
    assert calls == {
        "examples:1": ("examples", "it's"), "ancestors:1": ("ancestors", "m-1"), "examples:2": ("examples", "it's"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "sql",
    [
        "select 'history(', ')'",
        """select 1 as "history('a')" """,
        "-- history('a')\nselect 1",
        "/* history('a')\n */ select 1",
    ],
)
def test_what_is_quoted_is_no_call(sql: str) -> None:
    assert called(sql) == (sql, sql, {})


def test_long_arguments_are_cut_short_where_they_are_quoted() -> None:
    text, asked, calls = called(f"SELECT 1 FROM history('{'m' * 200}') h")
    assert len(text) == len(asked) < 120 and asked.endswith("mmm…') h")
    assert calls == {"history:1": ("history", "m" * 200)}
