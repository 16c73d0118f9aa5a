"""Opening catalogs: new, old, newer, read-only, not a catalog, and in a fork."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modeldb import __version__
from modeldb.catalog import open_catalog, opening
from modeldb.catalog.dialect import SQLite
from modeldb.catalog.migrate import MIGRATIONS, migrate, upgrade
from modeldb.catalog.opening import SCHEMA_VERSION
from modeldb.core.sqlite import driver, has_wal_reset_bug
from modeldb.errors import InvalidInput, NotFound, StoreDamaged, StoreError, StoreReadOnly, StoreTooNew
from modeldb.testing.catalog import a_run, an_action


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalog with one run in it."""
    path = tmp_path / "catalog.sqlite"
    with open_catalog(path) as catalog:
        catalog.apply("c", [a_run()], cursor=(0, 1), first=0)
    return path


def _execute(path: Path, sql: str) -> None:
    connection = SQLite(path).connect()
    connection.execute(sql)
    connection.close()


def test_this_machine_has_a_sqlite_without_the_wal_reset_bug() -> None:
    assert not has_wal_reset_bug()


def test_a_catalog_that_is_made_while_it_is_looked_at_is_not_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect = SQLite(tmp_path / "catalog.sqlite")
    connection = dialect.connect()
    dialect.prepare(connection)
    connection.close()
    has_table = SQLite.has_table

    def looked(self: SQLite, connection: object, name: str) -> bool:
        found = has_table(self, connection, name)
        monkeypatch.undo()
        opening._create(dialect)
        return found

    monkeypatch.setattr(SQLite, "has_table", looked)
    assert opening._version(dialect) in [(None, ""), (opening.SCHEMA_VERSION, __version__)]


def test_many_may_make_the_same_catalog_at_once(tmp_path: Path) -> None:
    def open_and_count(n: int) -> int:
        with open_catalog(tmp_path / "store" / "catalog.sqlite") as catalog:
            return catalog.apply(f"c{n}", [a_run()], cursor=(0, 1), first=0)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_and_count, range(8))) == [1] * 8
    with open_catalog(tmp_path / "store" / "catalog.sqlite", create=False) as catalog:
        assert catalog.last_entry() == 8


def test_a_missing_catalog_is_made_only_if_that_is_wanted(tmp_path: Path) -> None:
    for options in ({"create": False}, {"readonly": True}):
        with pytest.raises(NotFound, match="modeldb init"):
            open_catalog(tmp_path / "none.sqlite", **options)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InvalidInput, match="oracle"):
        open_catalog("oracle://db")


def test_a_file_whose_tables_were_not_finished_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    path.touch()
    with open_catalog(path, create=True) as catalog:
        assert catalog.last_entry() == 0


def test_what_is_not_a_catalog_is_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.sqlite"
    text.write_text("dear diary " * 100)
    with pytest.raises(StoreDamaged, match="not a database"):
        open_catalog(text)
    other = tmp_path / "other.sqlite"
    _execute(other, "CREATE TABLE mine (a)")
    with pytest.raises(StoreDamaged, match="not a catalog"):
        open_catalog(other)


def test_a_newer_catalog_is_refused_with_the_version_needed(path: Path) -> None:
    _execute(path, "UPDATE alembic_version SET version_num = '9999'")
    _execute(path, "UPDATE properties SET value = '7.3.0' WHERE name = 'written_by'")
    for readonly in (False, True):
        with pytest.raises(StoreTooNew, match=r"9999.*7\.3\.0.*pip install -U \"modeldb>=7\.3\.0\""):
            open_catalog(path, readonly=readonly)


NEXT_VERSION = f"{int(SCHEMA_VERSION) + 1:04}"
NEXT = '''
"""A table more, as a later version might want one."""

import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{present}"


def upgrade() -> None:
    op.create_table("later", sa.Column("a", sa.Text()))
    {then}
'''


def _migrations(directory: Path, then: str = "") -> Path:
    shutil.copytree(MIGRATIONS, directory, ignore=shutil.ignore_patterns("__pycache__"))
    later = NEXT.format(next=NEXT_VERSION, present=SCHEMA_VERSION, then=then)
    (directory / "versions" / f"{NEXT_VERSION}_later.py").write_text(later)
    return directory


def test_an_older_catalog_is_migrated_after_a_backup(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    migrations = _migrations(tmp_path / "migrations")
    backup = migrate(SQLite(path), NEXT_VERSION, written_by="0.2.0", migrations=migrations)
    assert backup is not None
    assert migrate(SQLite(path), NEXT_VERSION, written_by="0.2.0", migrations=migrations) is None
    after = SQLite(path).connect(readonly=True)
    assert after.execute("SELECT version_num FROM alembic_version").fetchone()[0] == NEXT_VERSION
    assert after.execute("SELECT value FROM properties").fetchone()[0] == "0.2.0"
    assert after.execute("SELECT count(*) FROM later").fetchone()[0] == 0
    after.close()
    said = rf"from schema {SCHEMA_VERSION} to {NEXT_VERSION}; backup: .*-{SCHEMA_VERSION}-.*\.backup\.sqlite"
    assert re.search(said, capsys.readouterr().err)
    with open_catalog(backup) as restored:
        assert restored.query("SELECT run_id FROM runs")[0][0] == "r-1"


def test_a_migration_that_fails_leaves_the_catalog_as_it_was(path: Path, tmp_path: Path) -> None:
    migrations = _migrations(tmp_path / "migrations", then="raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        migrate(SQLite(path), NEXT_VERSION, written_by="0.2.0", migrations=migrations)
    with open_catalog(path) as catalog:
        assert catalog.query("SELECT name FROM sqlite_master WHERE name = 'later'") == []
        assert catalog.last_entry() == 1


def test_an_older_catalog_opens_by_migrating(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    migrations = _migrations(tmp_path / "migrations")
    monkeypatch.setattr("modeldb.catalog.opening.SCHEMA_VERSION", NEXT_VERSION)
    monkeypatch.setattr("modeldb.catalog.migrate.MIGRATIONS", migrations)
    with pytest.raises(StoreReadOnly, match=f"migrated to {NEXT_VERSION}"):
        open_catalog(path, readonly=True)
    for _ in range(2):
        with open_catalog(path) as catalog:
            assert catalog.query("SELECT count(*) FROM later")[0][0] == 0
    assert len(list(path.parent.glob("*.backup.sqlite"))) == 1


def test_arguments_of_the_first_schema_find_their_actions(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    engine = SQLite(path).engine()
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        upgrade(connection, "0001", MIGRATIONS)
        connection.exec_driver_sql("INSERT INTO properties VALUES ('written_by', '0.1.0')")
        for entry, action in enumerate(("a-1", "a-2"), 5):
            connection.exec_driver_sql(
                "INSERT INTO actions (action_id, run_id, seq, depth, kind, operation, library, status, started_at, "
                "duration_s, inferred, entry) VALUES (?, 'r-1', 0, 0, 'fit', 'f', 'l', 'ok', 0.0, 0.0, 0, ?)",
                (action, entry),
            )
            for name in ("C", "tol"):
                row = (action, name, f"{action} {name}", 0.5, entry)
                connection.exec_driver_sql("INSERT INTO action_params VALUES (?, ?, ?, ?, 'float', 0, ?)", row)
        connection.commit()
    engine.dispose()
    with open_catalog(path) as catalog:
        select = "SELECT action_id, position, name, value FROM action_params JOIN actions USING (entry) ORDER BY 1, 2"
        assert [tuple(row) for row in catalog.query(select)] == [
            ("a-1", 0, "C", "a-1 C"),
            ("a-1", 1, "tol", "a-1 tol"),
            ("a-2", 0, "C", "a-2 C"),
            ("a-2", 1, "tol", "a-2 tol"),
        ]


READ_ONLY = """
    import os, sys
    from pathlib import Path
    from modeldb.catalog import drain, open_catalog
    from modeldb.core.sqlite import driver
    from modeldb.errors import StoreReadOnly
    from modeldb.testing.catalog import a_run
    driver()
    path = Path(sys.argv[1])
    if os.getuid() == 0:
        os.setuid(65534)
    for options in ({}, {"readonly": True}):
        with open_catalog(path, **options) as catalog:
            assert catalog.query("SELECT run_id FROM runs")[0][0] == "r-1"
            try:
                catalog.apply("d", [a_run("r-2")], cursor=(0, 1), first=0)
            except StoreReadOnly as error:
                assert str(path) in str(error) or "reading only" in str(error), error
            else:
                raise AssertionError("written")
    try:
        open_catalog(path.with_name("new.sqlite"))
    except StoreReadOnly as error:
        assert "new.sqlite" in str(error), error
    else:
        raise AssertionError("made")
"""


def test_a_catalog_one_may_only_read_is_read() -> None:
    # Not pytest's directory, which only its owner may look into.
    directory = Path(tempfile.mkdtemp())
    path = directory / "catalog.sqlite"
    with open_catalog(path) as catalog:
        catalog.apply("c", [a_run()], cursor=(0, 1), first=0)
    path.chmod(0o444)
    directory.chmod(0o555)
    try:
        subprocess.run([sys.executable, "-c", textwrap.dedent(READ_ONLY), str(path)], check=True)
    finally:
        directory.chmod(0o755)
        shutil.rmtree(directory)


FULL = """
    import resource, sys
    from pathlib import Path
    from modeldb.catalog import drain, open_catalog
    from modeldb.core import codec
    from modeldb.core.actions import Metrics
    from modeldb.errors import StoreError
    from modeldb.journal import JournalWriter
    root = Path(sys.argv[1])
    writer = JournalWriter.create(root / "journal")
    with open_catalog(root / "catalog.sqlite") as catalog:
        for n in range(3000):
            writer.append(codec.encode(Metrics("r-1", 0.0, ["a", "b"], [n, -n], n)))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        try:
            drain(root / "journal", catalog, max_records=500)
        except StoreError as error:
            assert "Free some space" in str(error) and "waits in the journal" in str(error), error
        else:
            raise AssertionError("it fitted")
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        drain(root / "journal", catalog, max_records=500)
        rows = catalog.query("SELECT count(*), count(DISTINCT step), max(entry) FROM metrics")[0]
        assert tuple(rows) == (6000, 3000, 3000), tuple(rows)
        assert catalog.query("PRAGMA integrity_check")[0][0] == "ok"
"""


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", textwrap.dedent(FULL), str(tmp_path)], check=True)


FORK = """
    import os, sys, threading
    from pathlib import Path
    from modeldb.catalog import open_catalog
    from modeldb.errors import StoreError
    from modeldb.testing.catalog import a_run
    path = Path(sys.argv[1])
    catalog = open_catalog(path)
    for n in range(6):
        catalog.query("SELECT 1")
        pid = os.fork()
        who = "child" if pid == 0 else "parent"
        for k in range(5):
            catalog.apply(f"{who}-{n}-{k}", [a_run(f"r-{who}-{n}-{k}")], cursor=(0, 1), first=0)
        if pid == 0:
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert catalog.last_entry() == 60
    assert catalog.query("SELECT count(*) FROM runs")[0][0] == 60
    assert catalog.query("PRAGMA integrity_check")[0][0] == "ok"

    # Another thread in the middle of writing: the child must not touch the file.
    busy, forked = threading.Event(), threading.Event()
    def write():
        with catalog._transaction() as sql:
            sql.execute("UPDATE counters SET value = value")
            busy.set()
            forked.wait()
    thread = threading.Thread(target=write)
    thread.start()
    busy.wait()
    pid = os.fork()
    if pid == 0:
        for use in (catalog.last_entry, lambda: open_catalog(path)):
            try:
                use()
            except StoreError as error:
                assert "spawn" in str(error)
            else:
                os._exit(1)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    forked.set()
    thread.join()
    assert catalog.last_entry() == 60
"""


def test_forks_do_not_share_connections(tmp_path: Path) -> None:
    script = textwrap.dedent(FORK)
    # Newer Pythons warn of forking with threads, which is what is tested here.
    subprocess.run([sys.executable, "-W", "ignore", "-c", script, str(tmp_path / "c.sqlite")], check=True)


def test_a_catalog_that_is_damaged_says_so(path: Path) -> None:
    size = path.stat().st_size
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    with pytest.raises(StoreDamaged, match="restore a backup"), open_catalog(path) as catalog:
        catalog.apply("c", [an_action()], cursor=(0, 2), first=1)


def test_a_catalog_that_stays_locked_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeldb.catalog.dialect.WAIT_S", 0.05)
    holder = SQLite(path)
    with open_catalog(path) as catalog, holder.queue():
        with pytest.raises(StoreError, match="waits in the journal"):
            catalog.apply("d", [a_run()], cursor=(0, 1), first=0)
        assert catalog.last_entry() == 1


def test_one_sqlite_library_is_used() -> None:
    assert driver() is driver()
    connection = driver().connect(":memory:")
    assert connection.execute("SELECT ?, ?", (None, True)).fetchone() == (None, 1)
    connection.close()
