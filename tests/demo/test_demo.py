"""The demo, whole: scripts that know nothing of ModelDB are recorded, and every question has an answer."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

import modeldb
from modeldb.database import Database
from modeldb.demo.edits import EDITS, SCRIPT
from modeldb.demo.stage import SCRIPTS, Stage
from modeldb.demo.tour import Question, questions, two_best
from modeldb.errors import InvalidInput

TEXTS = {name: files("modeldb.demo").joinpath("scripts", f"{name}.py").read_text(encoding="utf-8") for name in SCRIPTS}


def demo(place: Path, *words: str) -> str:
    """What `modeldb demo` prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODELDB_")}
    done = subprocess.run(
        [sys.executable, "-m", "modeldb", "demo", *words],
        cwd=place,
        env={**kept, "MODELDB_STRICT": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the demo was recorded, and what it printed."""
    pytest.importorskip("sklearn")
    pytest.importorskip("pandas")
    place = tmp_path_factory.mktemp("demo")
    return place / "modeldb-demo", demo(place)


@pytest.fixture(scope="module")
def db(shown: tuple[Path, str]) -> Iterator[Database]:
    with modeldb.open(shown[0]) as opened:
        yield opened


def test_scripts_know_nothing_of_modeldb() -> None:
    for name, text in TEXTS.items():
        assert "modeldb" not in text.lower(), name


def test_edits_fit_one_after_the_other() -> None:
    branches = {"main": TEXTS[Path(SCRIPT).stem]}
    for edit in EDITS:
        before = branches.get(edit.branch, branches["main"])
        branches[edit.branch] = edit.apply(before)
        assert branches[edit.branch] != before
        compile(branches[edit.branch], SCRIPT, "exec")
    with pytest.raises(InvalidInput, match="does not fit"):
        EDITS[0].apply(branches["support-vectors"])


def test_what_is_not_a_demo_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("ten years of work")
    with pytest.raises(InvalidInput, match="--directory"):
        Stage(tmp_path).clear()
    assert (tmp_path / "thesis.tex").exists()


def test_every_script_was_run_and_finished(db: Database) -> None:
    runs = db.sql("SELECT parse_filename(script), count(*), any_value(status) FROM runs GROUP BY 1").rows()
    expected = {f"{name}.py": (1, "finished") for name in SCRIPTS} | {SCRIPT: (1 + len(EDITS), "finished")}
    assert {script: (n, status) for script, n, status in runs} == expected
    assert db.warnings == []
    assert db.catalog.query("SELECT type, count(*) FROM unknown_records GROUP BY type") == []


def test_uncommitted_edits_are_kept_with_their_branch(db: Database) -> None:
    rows = db.sql(
        "SELECT git_branch, git_dirty FROM runs WHERE project = 'digits' ORDER BY started_at",
    ).rows()
    assert rows == [("main", False), *((edit.branch, True) for edit in EDITS)]
    assert db.sql("SELECT count(*) FROM run_code WHERE kind = 'diff'").scalar() == len(EDITS)


def test_each_edit_is_a_version_that_says_what_changed(db: Database) -> None:
    changes = db.sql("SELECT change FROM versions WHERE script LIKE '%digits.py' ORDER BY first_at").column("change")
    assert len(changes) == 1 + len(EDITS)
    assert changes[1] == "logisticregression__C: 0.02 → 0.5"
    assert "gamma" in changes[3] and "LogisticRegression" in changes[2]


def test_every_question_of_the_tour_has_an_answer(db: Database, shown: tuple[Path, str]) -> None:
    asked = list(questions(db))
    assert len(asked) == shown[1].count("\n── ")
    for question in asked:
        assert question.asked in shown[1] and f"$ {question.typed}" in shown[1]
        assert answered(question, shown[0]), question.asked


def answered(question: Question, place: Path) -> bool:
    """Whether the command answers with something."""
    done = subprocess.run(
        [sys.executable, "-m", "modeldb", *question.words, "--format", "json", "--store", str(place / ".modeldb")],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return bool(json.loads(done.stdout))


def test_the_best_model_comes_from_a_file_that_comes_from_pythons_sources(db: Database) -> None:
    (best, second), dataset = two_best(db)
    assert best != second and dataset is not None
    story = db.show(best)
    assert re.search(r"read_csv.*functions\.py:\d+", story)
    assert "functions.csv" in str(db.lineage(best))


def test_examples_both_get_wrong_are_wrong_when_predicted_again(db: Database) -> None:
    (best, _), dataset = two_best(db)
    model = db.model(best)
    pandas = pytest.importorskip("pandas")
    wrong = db.sql(
        f"SELECT e.function, a.label FROM predictions a JOIN examples('{dataset}') e USING (row) "
        f"WHERE a.model_id = '{best}' AND NOT a.correct LIMIT 20"
    ).rows()
    read = pandas.read_csv(db.layout.root.parent / "data" / "functions.csv").set_index("function")
    assert len(wrong) == 20
    assert all(bool(read.loc[function, "documented"]) is (str(label).lower() == "true") for function, label in wrong)
    assert model.metrics["accuracy_score"] < 1


def test_shown_again_it_records_nothing_anew(shown: tuple[Path, str], db: Database) -> None:
    before = db.sql("SELECT count(*) FROM actions").scalar()
    again = demo(shown[0].parent)
    assert "took" not in again and "modeldb ui --store modeldb-demo" in again
    assert db.sql("SELECT count(*) FROM actions").scalar() == before
