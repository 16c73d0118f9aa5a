"""The commands that answer: what they print, in which formats, and how they fail."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modeldb.cli import COMMANDS

DATABASES = "('duckdb', 'pyarrow', 'sqlalchemy', 'pandas', 'numpy')"


def modeldb(store: Path | None, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MODELDB_")}
    if store is not None:
        environment["MODELDB_URL"] = str(store)
    return subprocess.run(
        [sys.executable, "-m", "modeldb", *arguments], env={**environment, **more}, capture_output=True, text=True
    )  # fmt: skip


def lines(store: Path, *arguments: str, width: int = 80) -> list[str]:
    done = modeldb(store, *arguments, COLUMNS=str(width))
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


ANSWERS = {
    "runs": ["runs"],
    "models": ["models", "--by", "accuracy_score"],
    "datasets": ["datasets"],
    "similar": ["similar", "forest", "--by", "parts"],
    "sql": ["sql", "SELECT model_id, type, name, created_at FROM models"],
}


@pytest.mark.parametrize("width", [80, 160])
@pytest.mark.parametrize(
    "command", [*ANSWERS.values(), ["log"], ["show", "search"], ["diff", "search", "forest"]], ids=str
)
def test_answers_fit_the_terminal(recorded_store: Path, command: list[str], width: int) -> None:
    printed = lines(recorded_store, *command, width=width)
    assert len(printed) >= 3
    assert max(map(len, printed)) <= width


@pytest.mark.parametrize("command", ANSWERS.values(), ids=ANSWERS)
def test_every_list_has_every_format(recorded_store: Path, command: list[str], tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    rows = json.loads(modeldb(recorded_store, *command, "--format", "json").stdout)
    table = list(csv.DictReader(io.StringIO(modeldb(recorded_store, *command, "--format", "csv").stdout)))
    file = tmp_path / "answer.parquet"
    assert modeldb(recorded_store, *command, "--format", "parquet", "-o", str(file)).returncode == 0
    parquet = pq.read_table(file)
    assert len(rows) == len(table) == parquet.num_rows > 0
    assert list(rows[0]) == list(table[0]) == parquet.column_names
    first = next(iter(rows[0]))
    assert [row[first] for row in rows] == [row[first] for row in table] == parquet.column(0).to_pylist()


def test_show_and_log_and_diff_speak_json(recorded_store: Path) -> None:
    shown = json.loads(modeldb(recorded_store, "show", "search", "--format", "json").stdout)
    assert shown["kind"] == "model" and shown["lineage"][0]["operation"] == "pandas.read_csv"
    log = json.loads(modeldb(recorded_store, "log", "--format", "json").stdout)
    assert {"run_id", "models"} <= set(log[0])
    diff = json.loads(modeldb(recorded_store, "diff", "search", "forest", "--format", "json").stdout)
    assert any(row["name"] == "type" for row in diff["differences"])


def test_tags_and_notes_are_taken(recorded_store: Path) -> None:
    assert modeldb(recorded_store, "tag", "forest", "pick", "first").returncode == 0
    assert modeldb(recorded_store, "note", "pick", "not bad").returncode == 0
    text = "\n".join(lines(recorded_store, "show", "pick"))
    assert "#pick=first" in text and "not bad" in text
    assert modeldb(recorded_store, "tag", "pick", "pick", "--remove").returncode == 0
    assert modeldb(recorded_store, "show", "pick").returncode == 2


def test_the_query_may_come_from_standard_input(recorded_store: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modeldb", "sql", "-", "--store", str(recorded_store), "--format", "csv"],
        input="SELECT count(*) AS n FROM runs",
        capture_output=True,
        text=True,
    )
    assert done.stdout == "n\n3\n"


FAILURES = {
    "no such thing": (["show", "r-ffff"], "r-ffff"),
    "several things": (["show", "m-"], "could be"),
    "wrong SQL": (["sql", "SELECT * FROM modls"], "Did you mean models"),
    "two kinds": (["diff", "search", "X_train"], "one kind"),
    "no such command": (["modles"], 'Did you mean "modeldb models"'),
    "no such option": (["runs", "--colour"], "--colour"),
    "no query": (["sql"], "Give a query"),
    "no such format": (["runs", "--format", "yaml"], "yaml"),
    "nowhere to write": (["runs", "--format", "csv", "-o", "/nowhere/at/all.csv"], "/nowhere/at/all.csv"),
}


@pytest.mark.parametrize("what", FAILURES)
def test_errors_are_a_message_on_standard_error_and_exit_code_2(recorded_store: Path, what: str) -> None:
    arguments, words = FAILURES[what]
    done = modeldb(recorded_store, *arguments)
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_without_a_store_one_is_told_how_to_make_it(tmp_path: Path) -> None:
    done = modeldb(tmp_path / "nothing", "runs")
    assert done.returncode == 2 and "modeldb init" in done.stderr


def test_a_reader_that_leaves_early_is_no_error(recorded_store: Path) -> None:
    query = "SELECT range FROM range(200000)"
    process = subprocess.Popen(
        [sys.executable, "-m", "modeldb", "sql", query, "--store", str(recorded_store), "--format", "csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == 0
    assert process.stderr.read() == b""
    process.stderr.close()


def test_help_has_every_command_with_an_example_and_loads_none() -> None:
    code = f"""
import sys
sys.argv = ["modeldb", "--help"]
from modeldb.cli.app import call
call(["--help"])
print([m for m in {DATABASES} if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for name, (_, meaning) in COMMANDS.items():
        assert f"  {name} " in done.stdout and meaning[:20] in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", ["runs", "models", "datasets", "show", "sql", "log", "diff", "tag", "note"])
def test_help_of_a_command_has_an_example(name: str) -> None:
    done = modeldb(None, name, "--help")
    assert done.returncode == 0 and f"modeldb {name} " in done.stdout


def test_lists_need_neither_the_engine_nor_arrow(recorded_store: Path) -> None:
    code = f"""
import sys
from modeldb.cli.app import call
for command in ("runs", "models", "datasets", "log"):
    assert call([command]) == 0
print([m for m in {DATABASES} if m in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "MODELDB_URL": str(recorded_store)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_question_loads_no_pandas(recorded_store: Path, tmp_path: Path) -> None:
    code = """
import sys
from modeldb.cli import main
try:
    main()
finally:
    print("pandas" in sys.modules, file=sys.stderr)
"""
    query = "SELECT * FROM models JOIN metrics USING (model_id)"
    command = [sys.executable, "-c", code, "sql", query, "--store", str(recorded_store), "--output", "found.parquet"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stderr == "False\n" and (tmp_path / "found.parquet").stat().st_size > 0


def test_the_store_may_be_named_before_the_command(recorded_store: Path) -> None:
    elsewhere = modeldb(None, "--store", str(recorded_store), "runs", "--format", "json")
    assert elsewhere.returncode == 0, elsewhere.stderr
    assert json.loads(elsewhere.stdout) == json.loads(modeldb(recorded_store, "runs", "--format", "json").stdout) != []
