"""What any catalog promises. A test file for a backend says how to open one:

class TestMyCatalog(CatalogSuite):
    @pytest.fixture
    def location(self, tmp_path):
        return tmp_path / "catalog.sqlite"
"""

from __future__ import annotations

import itertools
import math
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modeldb.catalog import Catalog, drain, open_catalog
from modeldb.catalog.schema import metadata
from modeldb.core import codec
from modeldb.core.actions import (
    Action,
    Annotated,
    ColumnSeen,
    ColumnStatistics,
    DatasetDescribed,
    DatasetKept,
    DatasetSeen,
    FeatureSeen,
    Metrics,
    MetricSeen,
    ModelIndexed,
    ModelMade,
    ModelStored,
    PredictionsStored,
    Record,
    RunDescribed,
    RunEnded,
    RunStarted,
    Value,
)
from modeldb.errors import QueryError, StoreError, StoreReadOnly
from modeldb.journal import JournalWriter
from modeldb.testing.histories import histories

_ENOUGH = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def dump(catalog: Catalog, *, without: Sequence[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the cursors, in a stable order, less the named columns."""
    rows = {}
    for table in metadata.sorted_tables:
        if table.name == "journal_cursors":
            continue
        columns = [f'"{column.name}"' for column in table.columns if column.name not in without]
        found = catalog.query(f"SELECT {', '.join(columns)} FROM {table.name}")
        rows[table.name] = sorted((tuple(row) for row in found), key=repr)
    return rows


def a_run(run_id: str = "r-1", *, attached: bool = False, project: str = "churn") -> RunStarted:
    return RunStarted(
        run_id, 1000.0, project, "default", None, "ada", "host", 7, ["python", "train.py"], "train.py", "/work", "3.11",
        attached=attached,
    )  # fmt: skip


def an_action(action_id: str = "a-1", run_id: str = "r-1", **fields: Any) -> Action:
    usual: dict[str, Any] = {
        "seq": 0, "parent_id": None, "depth": 0, "kind": "fit", "operation": "sklearn.svm.SVC.fit",
        "library": "sklearn", "status": "ok", "started_at": 1000.5, "duration_s": 0.25,
    }  # fmt: skip
    return Action(action_id=action_id, run_id=run_id, **(usual | fields))


def a_model(model_id: str = "m-1", **fields: Any) -> ModelMade:
    return ModelMade(model_id, "SVC", "sklearn.svm.SVC", "sklearn", "1.8.0", **fields)


def a_dataset(dataset_id: str = "d-1", **fields: Any) -> DatasetSeen:
    usual: dict[str, Any] = {"digest": "1", "name": None, "source": None, "container": "pandas", "n_rows": 3}
    columns = [ColumnSeen("x", "float64", "c1"), ColumnSeen("y", "string", "c2")]
    index = [ColumnSeen("i", "int64", "c3")]
    return DatasetSeen(dataset_id=dataset_id, columns=columns, index=index, **(usual | fields))


class CatalogSuite:
    @pytest.fixture
    def location(self, tmp_path: Path) -> str | Path:
        raise NotImplementedError("say where to open a new catalog")

    def another(self) -> str | Path:
        """A new, empty place for a catalog, as often as asked for."""
        raise NotImplementedError("say where to open another catalog")

    @pytest.fixture
    def catalog(self, location: str | Path) -> Iterator[Catalog]:
        with open_catalog(location) as catalog:
            yield catalog

    # Delivery

    @_ENOUGH
    @given(history=histories, cuts=st.lists(st.integers(0, 25)), twice=st.integers(0, 24))
    def test_rows_do_not_depend_on_how_records_are_delivered(
        self, history: list[Record | codec.Unknown], cuts: list[int], twice: int
    ) -> None:
        with open_catalog(self.another()) as at_once, open_catalog(self.another()) as in_pieces:
            at_once.apply("c", history, cursor=(0, len(history)), first=0)
            bounds = sorted({0, len(history), *(cut for cut in cuts if cut < len(history))})
            for start, end in itertools.pairwise(bounds):
                # Each piece overlaps what was delivered before.
                begin = max(0, start - twice)
                in_pieces.apply("c", history[begin:end], cursor=(0, end), first=begin)
            assert dump(at_once) == dump(in_pieces)
            assert at_once.last_entry() == in_pieces.last_entry() == len(history)
            at_once.apply("c", history, cursor=(0, len(history)), first=0)
            at_once.apply("c", history, cursor=(0, len(history)))
            assert dump(at_once) == dump(in_pieces)

    @_ENOUGH
    @given(data=st.data())
    def test_facts_may_come_before_what_they_are_about(self, data: st.DataObject) -> None:
        begun: list[Record] = [
            a_run(),
            an_action("a-1", models=[a_model("m-1"), a_model("m-2")], datasets=[a_dataset()]),
            an_action("a-2", datasets=[a_dataset("d-2")]),
        ]
        facts: list[Record] = [
            RunDescribed("r-1", git_commit="abc"),
            RunEnded("r-1", "finished", 2000.0),
            ModelStored("m-1", "digest", 10, 5),
            ModelIndexed("m-2", [FeatureSeen(0, "x", 1.0)], summary={"n": 1}, sketch=[1.0]),
            DatasetDescribed("d-1", [ColumnStatistics(0, n_null=2)], rows_digest="rd"),
            DatasetKept("d-2", ["1", "2"]),
            PredictionsStored("s-1", "m-1", "d-1", "a-2", "pd", 3, "predict"),
            PredictionsStored("s-2", "m-1", "d-1", None, "pd", 3, "predict"),
        ]
        shuffled = data.draw(st.permutations([*begun, *facts]))
        with open_catalog(self.another()) as expected, open_catalog(self.another()) as catalog:
            expected.apply("c", [*begun, *facts], cursor=(0, 1), first=0)
            for n, record in enumerate(shuffled):
                catalog.apply("c", [record], cursor=(0, n + 1), first=n)
            assert dump(catalog, without=["entry"]) == dump(expected, without=["entry"])
            assert catalog.query("SELECT * FROM pending_records") == []

    def test_a_gap_is_refused(self, catalog: Catalog) -> None:
        catalog.apply("c", [a_run()], cursor=(0, 1), first=0)
        with pytest.raises(StoreError, match="from 1 on are missing"):
            catalog.apply("c", [an_action()], cursor=(0, 3), first=2)
        assert catalog.query("SELECT * FROM actions") == []

    def test_the_cursor_is_committed_with_the_rows(self, catalog: Catalog) -> None:
        assert catalog.apply("c", [a_run(), an_action()], cursor=(0, 99), first=0) == 2
        cursor = catalog.cursor("c")
        assert (cursor.segment, cursor.position, cursor.records) == (0, 99, 2)
        assert catalog.apply("c", [an_action("a-2"), an_action("a-3")], cursor=(1, 20), first=1) == 1
        assert [row[0] for row in catalog.query("SELECT action_id FROM actions ORDER BY entry")] == ["a-1", "a-3"]

    def test_an_action_another_client_brought_already_changes_nothing(self, catalog: Catalog) -> None:
        action = an_action(metrics=[MetricSeen("auc", 0.5)], models=[a_model()])
        catalog.apply("c", [a_run(), action], cursor=(0, 1), first=0)
        before = dump(catalog, without=["value"])
        catalog.apply("other", [action], cursor=(0, 1), first=0)
        assert dump(catalog, without=["value"]) == before

    def test_a_record_that_cannot_be_applied_is_kept_and_harms_no_other(self, catalog: Catalog) -> None:
        bad = Metrics("r-1", 1.0, ["loss"], [0.5], 2**63)
        uneven = Metrics("r-1", 1.0, ["loss", "auc"], [0.5])
        catalog.apply("c", [a_run(), bad, uneven, an_action()], cursor=(0, 1), first=0)
        kept = catalog.query("SELECT entry, type, payload, reason FROM unknown_records ORDER BY entry")
        assert [(row[0], row[1]) for row in kept] == [(2, "metrics"), (3, "metrics")]
        assert codec.decode(kept[0][2]) == bad
        assert "int" in kept[0][3] and "2 names for 1 values" in kept[1][3]
        assert len(catalog.query("SELECT * FROM actions WHERE entry = 4")) == 1

    def test_unknown_records_are_kept(self, catalog: Catalog) -> None:
        catalog.apply("c", [codec.Unknown("of_tomorrow", b"\x91\xa1x")], cursor=(0, 1), first=0)
        row = catalog.query("SELECT entry, type, payload, reason FROM unknown_records")[0]
        assert tuple(row) == (1, "of_tomorrow", b"\x91\xa1x", None)

    # What records leave

    def test_a_run_belongs_to_a_project_and_an_experiment_made_on_demand(self, catalog: Catalog) -> None:
        catalog.apply("c", [a_run("r-1"), a_run("r-2"), a_run("r-3", project="other")], cursor=(0, 1), first=0)
        names = """SELECT r.run_id, p.name, e.name, e.project_id = p.project_id FROM runs r
            JOIN projects p USING (project_id) JOIN experiments e USING (experiment_id) ORDER BY 1"""
        found = [tuple(row) for row in catalog.query(names)]
        assert found == [
            ("r-1", "churn", "default", 1), ("r-2", "churn", "default", 1), ("r-3", "other", "default", 1),
        ]  # fmt: skip
        assert len(catalog.query("SELECT * FROM projects")) == 2

    @pytest.mark.parametrize("worker_first", [False, True])
    def test_a_worker_leaves_the_run_it_joins_as_it_is(self, catalog: Catalog, worker_first: bool) -> None:
        joined = RunStarted(
            "r-1", 1500.0, "churn", "default", None, "ada", "h", 8, ["w"], None, "/", "3.11", None, True
        )
        deliveries: list[tuple[str, list[Record]]] = [
            ("main", [a_run()]),
            ("worker", [joined, an_action(models=[a_model()])]),
        ]
        for client, batch in reversed(deliveries) if worker_first else deliveries:
            catalog.apply(client, batch, cursor=(0, 1), first=0)
        run = catalog.query("SELECT pid, started_at, script, client_id, status FROM runs")
        assert [tuple(row) for row in run] == [(7, 1000.0, "train.py", "main", "running")]
        catalog.end_client("worker", 3000.0)
        assert catalog.query("SELECT status FROM runs")[0][0] == "running"
        assert catalog.query("SELECT project_id IS NULL FROM models")[0][0] == 0

    def test_death_does_not_overrule_what_a_run_said(self, catalog: Catalog) -> None:
        ended = RunEnded("r-1", "failed", 1100.0, 1, "ValueError")
        catalog.apply("c", [a_run(), a_run("r-2"), ended], cursor=(0, 1), first=0)
        assert catalog.end_client("c", 1200.0) == ["r-2"]
        assert catalog.end_client("c", 1300.0) == []
        states = catalog.query("SELECT status, ended_at, exit_code, error FROM runs ORDER BY run_id")
        assert [tuple(row) for row in states] == [("failed", 1100.0, 1, "ValueError"), ("killed", 1200.0, None, None)]
        catalog.apply("d", [RunEnded("r-2", "finished", 1250.0, 0)], cursor=(0, 1), first=0)
        catalog.apply("e", [RunEnded("r-2", "killed", 1260.0)], cursor=(0, 1), first=0)
        assert tuple(catalog.query("SELECT status, ended_at FROM runs WHERE run_id = 'r-2'")[0]) == ("finished", 1250.0)

    def test_values_are_typed_and_shown_as_python_prints_them(self, catalog: Catalog) -> None:
        values = [
            Value("int", 5, "int", True), Value("float", 1e-05, "float"), Value("text", "l2", "str"),
            Value("flag", True, "bool"), Value("nothing", None, "none"), Value("list", [1, "a"], "list"),
            Value("object", {"type": "sklearn.svm.SVC"}, "estimator"), Value("nested", {"type": "T", "C": 1}, "object"),
            Value("huge", 2**64 - 1, "int"), Value("infinite", math.inf, "float"),
        ]  # fmt: skip
        catalog.apply("c", [an_action(params=values, models=[a_model(hyperparameters=values)])], cursor=(0, 1), first=0)
        for table in ("action_params", "hyperparameters"):
            rows = catalog.query(f"SELECT name, value, value_double, type, is_default FROM {table}")
            assert {row[0]: tuple(row)[1:] for row in rows} == {
                "int": ("5", 5.0, "int", 1), "float": ("1e-05", 1e-05, "float", 0), "text": ("l2", None, "str", 0),
                "flag": ("True", 1.0, "bool", 0), "nothing": ("None", None, "none", 0),
                "list": ('[1,"a"]', None, "list", 0), "object": ("sklearn.svm.SVC", None, "estimator", 0),
                "nested": ('{"type":"T","C":1}', None, "object", 0), "huge": (str(2**64 - 1), 2.0**64, "int", 0),
                "infinite": ("inf", math.inf, "float", 0),
            }  # fmt: skip

    def test_metric_values_come_back_bit_for_bit_and_nan_is_null(self, catalog: Catalog) -> None:
        values = [0.1, 1 / 3, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, *range(200)]
        names = [f"m{n:03d}" for n in range(len(values))]
        catalog.apply("c", [Metrics("r-1", 5.0, names, values, 7, "a-1", "m-1", "d-1")], cursor=(0, 1), first=0)
        select = "SELECT name, value, position, step, run_id, action_id, model_id, dataset_id, logged_at FROM metrics"
        rows = [tuple(row) for row in catalog.query(f"{select} ORDER BY position")]
        assert [row[0] for row in rows] == names
        assert [row[2] for row in rows] == list(range(len(values)))
        expected = [None if math.isnan(value) else float(value).hex() for value in values]
        assert [None if row[1] is None else row[1].hex() for row in rows] == expected
        assert {row[3:] for row in rows} == {(7, "r-1", "a-1", "m-1", "d-1", 5.0)}

    def test_a_dataset_is_named_by_whoever_first_knows_its_name(self, catalog: Catalog) -> None:
        catalog.apply("c", [an_action("a-1", datasets=[a_dataset()])], cursor=(0, 1), first=0)
        catalog.apply("c", [an_action("a-2", "r-2", datasets=[a_dataset(name="df")])], cursor=(0, 2), first=1)
        later = a_dataset(name="other", source="x.csv")
        catalog.apply("c", [an_action("a-3", "r-3", datasets=[later])], cursor=(0, 3), first=2)
        found = catalog.query("SELECT name, source, first_seen_run, n_rows, n_columns, kept, entry FROM datasets")
        assert [tuple(row) for row in found] == [("df", "x.csv", "r-1", 3, 2, 0, 3)]
        columns = catalog.query("SELECT position, name FROM dataset_columns ORDER BY position")
        assert [tuple(row) for row in columns] == [(-1, "i"), (0, "x"), (1, "y")]

    def test_statistics_join_the_columns(self, catalog: Catalog) -> None:
        statistics = [ColumnStatistics(0, 0, 3, 1.0, 2.5, 1.5, 0.5), ColumnStatistics(1, 1, 2, "a", "b")]
        facts: list[Record] = [
            an_action(datasets=[a_dataset()]),
            DatasetDescribed("d-1", statistics, rows_digest="rd"),
            DatasetKept("d-1", ["c1", "c2", "rows"], 99),
        ]
        catalog.apply("c", facts, cursor=(0, 1), first=0)
        select = "SELECT n_null, n_distinct, min, max, min_text, max_text, mean, std FROM dataset_columns"
        columns = [tuple(row) for row in catalog.query(f"{select} WHERE position >= 0 ORDER BY position")]
        assert columns == [(0, 3, 1.0, 2.5, None, None, 1.5, 0.5), (1, 2, None, None, "a", "b", None, None)]
        dataset = catalog.query("SELECT kept, kept_digests, stored_bytes, rows_digest FROM datasets")[0]
        assert tuple(dataset) == (1, '["c1","c2","rows"]', 99, "rd")

    def test_of_many_features_the_strongest_stay(self, catalog: Catalog) -> None:
        features = [FeatureSeen(n, f"f{n}", coefficient=float(n % 3000 - 1500)) for n in range(3000)]
        batch: list[Record] = [
            an_action(models=[a_model()], recipe_key="ab" * 16),
            ModelIndexed("m-1", features, sketch=[0.5]),
        ]
        catalog.apply("c", batch, cursor=(0, 1), first=0)
        kept = catalog.query("SELECT count(*), min(abs(coefficient)) FROM features")[0]
        assert tuple(kept) == (1000, 1000.0)
        model = catalog.query("SELECT version_id, sketch, created_at FROM models")[0]
        assert tuple(model) == ("v-abababababababab", b"\x00\x00\x00?", 1000.75)

    def test_the_latest_annotation_counts_in_whatever_order_they_come(self, catalog: Catalog) -> None:
        notes = [Annotated("m-1", "tag", "stage", value, "ada", at) for value, at in (("b", 2.0), ("a", 1.0))]
        catalog.apply("c", notes, cursor=(0, 1), first=0)
        assert [tuple(row) for row in catalog.query("SELECT value, at, entry FROM annotations")] == [("b", 2.0, 1)]
        catalog.apply("c", [Annotated("m-1", "tag", "stage", None, "bob", 3.0)], cursor=(0, 2), first=2)
        assert [tuple(row) for row in catalog.query("SELECT value, author FROM annotations")] == [(None, "bob")]

    # Reading

    def test_rows_are_read_by_name_and_position(self, catalog: Catalog) -> None:
        catalog.apply("c", [a_run(), a_run("r-2")], cursor=(0, 1), first=0)
        named = catalog.query("SELECT run_id, pid FROM runs WHERE run_id = :run", {"run": "r-2"})
        placed = catalog.query("SELECT run_id, pid FROM runs WHERE run_id = ?", ["r-2"])
        for row in (named[0], placed[0]):
            assert (row["run_id"], row[1], dict(row)) == ("r-2", 7, {"run_id": "r-2", "pid": 7})

    def test_questions_do_not_write(self, catalog: Catalog) -> None:
        with pytest.raises((StoreReadOnly, QueryError)):
            catalog.query("DELETE FROM counters")
        with pytest.raises(QueryError, match="nonsense"):
            catalog.query("SELECT nonsense FROM runs")

    def test_everybody_sees_what_was_committed_and_that_something_was(
        self, catalog: Catalog, location: str | Path
    ) -> None:
        with open_catalog(location) as other:
            before = (catalog.data_version(), other.data_version())
            assert other.last_entry() == 0
            catalog.apply("c", [a_run(), an_action()], cursor=(0, 1), first=0)
            after = (catalog.data_version(), other.data_version())
            assert before[0] != after[0] and before[1] != after[1]
            assert other.last_entry() == catalog.last_entry() == 2
            assert (catalog.data_version(), other.data_version()) == after

    def test_threads_write_and_read_at_once(self, catalog: Catalog) -> None:
        errors = []

        def work(thread: int) -> None:
            try:
                for n in range(20):
                    record = Metrics("r-1", 0.0, ["a", "b"], [1.0, 2.0], n)
                    catalog.apply(f"c{thread}", [record], cursor=(0, n + 1), first=n)
                    own = catalog.query("SELECT count(*) FROM metrics WHERE step = ?", [n])[0][0]
                    assert own >= 2
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert catalog.query("SELECT count(*), count(DISTINCT entry) FROM metrics")[0][1] == 80

    def test_a_read_only_catalog_reads_and_refuses_to_write(self, catalog: Catalog, location: str | Path) -> None:
        catalog.apply("c", [a_run()], cursor=(0, 1), first=0)
        with open_catalog(location, readonly=True) as readonly:
            assert readonly.last_entry() == 1
            with pytest.raises(StoreReadOnly, match="reading only"):
                readonly.apply("c", [an_action()], cursor=(0, 2), first=1)

    def test_a_closed_catalog_says_so(self, location: str | Path) -> None:
        catalog = open_catalog(location)
        catalog.close()
        catalog.close()
        with pytest.raises(StoreError, match="closed"):
            catalog.query("SELECT 1")

    # Draining

    def test_draining_twice_changes_nothing(self, catalog: Catalog) -> None:
        with tempfile.TemporaryDirectory() as root:
            writer = JournalWriter.create(Path(root), segment_bytes=400)
            for record in [a_run(), *(Metrics("r-1", 0.0, ["a"], [float(n)], n) for n in range(50))]:
                writer.append(codec.encode(record))
            assert drain(Path(root), catalog, max_records=7).records == 51
            rows = dump(catalog)
            assert drain(Path(root), catalog).records == 0
            assert dump(catalog) == rows
            writer.append(codec.encode(RunEnded("r-1", "finished", 9.0)))
            writer.close()
            report = drain(Path(root), catalog)
            assert (report.records, report.removed, report.killed) == (1, (writer.client_id,), ())
            assert list(Path(root).iterdir()) == []
