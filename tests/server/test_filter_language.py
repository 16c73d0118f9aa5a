"""Filter expressions: what they mean, where they are wrong, and that the SQL beside them means the same."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modeldb.server.http.state import State
from modeldb.server.tables.parser import FilterError, parse
from modeldb.server.tables.sqltext import table_sql
from modeldb.server.tables.table import Rows, Scope, View, choose

MODELS = Scope("models", roles=("model", "step"))


def matching(state: State, expression: str, scope: Scope = MODELS) -> set[str]:
    rows = Rows(state.tables.models() if scope.of == "models" else state.tables.runs(), scope, expression)
    return {rows.snapshot.ids[i] for i in rows.rows}


def by_sql(state: State, expression: str, scope: Scope = MODELS) -> set[str]:
    rows = Rows(state.tables.models() if scope.of == "models" else state.tables.runs(), scope, expression)
    chosen = choose(rows, View(filter=expression, columns=("id",), sort=("id",)))
    return {row[0] for row in state.sql(table_sql(chosen, rows.column, all_rows=True))}


EXPRESSIONS = [
    "",
    "metric.accuracy_score > 0.7",
    "metric.accuracy_score > 0.7 and type = 'SVC'",
    "not metric.accuracy_score > 0.7",
    "param.C in (0.1, 1) or param.n_estimators in (100, 200)",
    "param.max_depth is null",
    "param.max_depth = 8 or param.max_depth = 'None'",
    "param.max_depth != 8",
    "param.max_features = 'sqrt'",
    "param.max_features != 0.5",
    "param.shuffle = true and not param.shuffle = false",
    "tag.stage is not null",
    "tag.nothing is null and tag.stage != 'shipped'",
    "name contains 'ODE' and type like '%Forest%'",
    "type starts with 'Random' or type ends with 'svc'",
    "type not in ('SVC', 'Ridge')",
    "type in ('SVC', 'x = y', 'it''s') or param.max_depth in (2, 'None')",
    "created_at between '2025-03-01' and '2025-09-01'",
    "user = 'ada' and status = 'finished' and git_dirty = false",
    "dataset = 'X_train' and feature.age > 0.1",
    "feature.income < 0",
    "'forest'",
    "'100%'",
    "size_bytes >= 1000000 and n_features = 10",
    "(metric.r2_score < 0.8 or metric.log_loss <= 0.5) and project != 'digits'",
    "note is not null or run contains '-1'",
]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_and_its_sql_find_the_same_models(shared_state: State, expression: str) -> None:
    assert matching(shared_state, expression) == by_sql(shared_state, expression)


def test_the_expressions_tell_models_apart(shared_state: State) -> None:
    everything = matching(shared_state, "")
    found = [len(matching(shared_state, expression)) for expression in EXPRESSIONS]
    assert sum(0 < n < len(everything) for n in found) > 15


@pytest.mark.parametrize(
    "expression",
    ["status = 'failed'", "n_models > 0 and duration_s > 1", "metric.accuracy_score > 0.7", "param.n_estimators = 100",
     "command contains '--seed'", "git_dirty = true", "name = 'churn-3'"],
)  # fmt: skip
def test_an_expression_and_its_sql_find_the_same_runs(shared_state: State, expression: str) -> None:
    runs = Scope("runs")
    found = matching(shared_state, expression, runs)
    assert found and found == by_sql(shared_state, expression, runs)


def test_a_comparison_with_something_missing_is_neither_true_nor_false(shared_state: State) -> None:
    with_metric = matching(shared_state, "metric.r2_score is not null")
    assert matching(shared_state, "metric.r2_score > 0 or not metric.r2_score > 0") == with_metric
    assert with_metric < matching(shared_state, "")


def test_an_age_is_within_the_last_while(own_state: State) -> None:
    assert matching(own_state, "created_at > '1d'") == set()
    assert matching(own_state, "created_at > '200w'") == matching(own_state, "")


@pytest.mark.parametrize(
    ("expression", "position", "message"),
    [
        ("type = SVC", 7, "Put text in single quotes"),
        ("metric.accuracy_score >", 23, "the end"),
        ("(type = 'a'", 11, "')'"),
        ("type = 'a' type", 11, "'and', 'or' or the end"),
        ("param = 1", 0, "needs a name"),
        ("params.C = 1", 0, "No kind of column"),
        ("name = 'x", 7, "quote is not closed"),
        ("name ! 1", 5, "Cannot read"),
        ("name = 1 and metric.acuracy_score > 1", 13, "metric.accuracy_score"),
        ("created_at > 'yesterday'", 0, "not a time"),
        ("(" * 60 + "name = 1" + ")" * 60, 51, "nested"),
        ("name is 3", 8, "null"),
        ("param.C in ()", 12, "a number or a quoted text"),
    ],
)
def test_an_error_says_where_it_is(shared_state: State, expression: str, position: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        matching(shared_state, expression)
    assert caught.value.position == position
    assert message in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_an_error_with_a_position(text: str) -> None:
    try:
        parse(text)
    except FilterError as error:
        assert 0 <= error.position <= len(text)


NUMBERS = st.sampled_from(["param.C", "metric.accuracy_score", "param.n_estimators", "param.max_depth", "n_features"])
TEXTS = st.sampled_from(["type", "name", "param.algorithm", "param.max_depth", "tag.stage", "user"])
LEAVES = st.one_of(
    st.tuples(NUMBERS, st.sampled_from(["<", "<=", "=", "!=", ">", ">="]), st.sampled_from(["0.5", "8", "100", "-1"])),
    st.tuples(
        TEXTS, st.sampled_from(["=", "!=", "contains"]), st.sampled_from(["'SVC'", "'auto'", "'None'", "'a''b'"])
    ),
    st.tuples(st.one_of(NUMBERS, TEXTS), st.just("is"), st.sampled_from(["null", "not null"])),
).map(" ".join)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        inner.map(lambda a: f"not ({a})"), st.tuples(inner, inner).map(lambda p: f"({p[0]} and {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} or {p[1]})"),
    ),
    max_leaves=5,
)  # fmt: skip


@given(TREES)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_expressions_and_their_sql_agree(shared_state: State, expression: str) -> None:
    assert matching(shared_state, expression) == by_sql(shared_state, expression), expression
