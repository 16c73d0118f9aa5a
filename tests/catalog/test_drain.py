"""Draining loses nothing and doubles nothing, wherever it or the process it drains is killed."""

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeldb.catalog import Catalog, drain, open_catalog
from modeldb.core import codec
from modeldb.core.actions import Metrics, RunEnded
from modeldb.errors import StoreReadOnly
from modeldb.journal import JournalWriter
from modeldb.journal.format import FRAME, HEADER, MAGIC, segment_path
from modeldb.testing.catalog import a_run, an_action


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        yield catalog


def _write(journal: Path, run_id: str, steps: int, segment_bytes: int = 1 << 20) -> JournalWriter:
    writer = JournalWriter.create(journal, segment_bytes=segment_bytes)
    writer.append(codec.encode(a_run(run_id)))
    for step in range(steps):
        writer.append(codec.encode(Metrics(run_id, 0.0, ["loss"], [float(step)], step)))
    return writer


def _steps(catalog: Catalog, run_id: str) -> list[int]:
    rows = catalog.query("SELECT step FROM metrics WHERE run_id = ? ORDER BY entry", [run_id])
    return [row[0] for row in rows]


def test_a_live_journal_is_followed_and_its_applied_segments_are_removed(journal: Path, catalog: Catalog) -> None:
    writer = _write(journal, "r-1", 100, segment_bytes=500)
    segment, _ = writer.position()
    assert drain(journal, catalog, max_records=9).records == 101
    assert [path.name for path in sorted(writer.directory.glob("*.seg"))] == [segment_path(journal, segment).name]
    for step in range(100, 200):
        writer.append(codec.encode(Metrics("r-1", 0.0, ["loss"], [float(step)], step)))
        if step % 7 == 0:
            drain(journal, catalog, client_id=writer.client_id)
    drain(journal, catalog)
    assert _steps(catalog, "r-1") == list(range(200))
    writer.append(codec.encode(RunEnded("r-1", "finished", 5.0)))
    writer.close()
    assert drain(journal, catalog, client_id=writer.client_id).removed == (writer.client_id,)
    assert list(journal.iterdir()) == []


def test_runs_of_a_dead_process_end_as_killed_when_it_last_wrote(journal: Path, catalog: Catalog) -> None:
    writer = _write(journal, "r-1", 3)
    os.utime(segment_path(writer.directory, 0), (777.0, 777.0))
    writer.close()
    report = drain(journal, catalog)
    assert (report.records, report.killed, report.problems) == (4, ("r-1",), ())
    assert tuple(catalog.query("SELECT status, ended_at FROM runs")[0]) == ("killed", 777.0)
    assert drain(journal, catalog).records == 0


def test_a_torn_tail_is_cut_and_reported(journal: Path, catalog: Catalog) -> None:
    writer = _write(journal, "r-1", 3)
    position = writer.position()[1]
    with open(segment_path(writer.directory, 0), "ab") as file:
        file.write(FRAME.pack(500, 1) + b"half")
    # The writer may be in the middle of it.
    assert drain(journal, catalog).problems == ()
    writer.close()
    report = drain(journal, catalog)
    (problem,) = report.problems
    assert (problem.kind, problem.position, problem.lost) == ("torn", position, FRAME.size + 4)
    assert "12 bytes were cut off" in str(problem)
    assert _steps(catalog, "r-1") == [0, 1, 2]
    assert list(journal.iterdir()) == []


def test_a_damaged_journal_is_put_aside_and_the_others_go_on(journal: Path, catalog: Catalog) -> None:
    damaged, sound = _write(journal, "r-1", 50), _write(journal, "r-2", 5)
    path = segment_path(damaged.directory, 0)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (problem,) = drain(journal, catalog).problems
    assert problem.kind == "damaged" and path.exists()
    damaged.close()
    sound.close()
    report = drain(journal, catalog)
    (problem,) = report.problems
    aside = damaged.directory.with_name(damaged.client_id + ".damaged")
    assert problem.path == segment_path(aside, 0)
    assert problem.lost == len(content) - problem.position
    assert str(aside) in str(problem) and f"at byte {problem.position}" in str(problem)
    assert (aside / problem.path.name).read_bytes() == bytes(content)
    assert report.removed == (sound.client_id,)
    assert report.killed == ("r-1", "r-2") or report.killed == ("r-2", "r-1")
    before = _steps(catalog, "r-1")
    assert 20 < len(before) < 30 and before == list(range(len(before)))
    assert _steps(catalog, "r-2") == list(range(5))
    assert drain(journal, catalog) == type(report)()


def test_a_lost_segment_is_damage(journal: Path, catalog: Catalog) -> None:
    writer = _write(journal, "r-1", 50, segment_bytes=300)
    writer.close()
    segment_path(writer.directory, 0).unlink()
    (problem,) = drain(journal, catalog).problems
    assert problem.kind == "damaged"
    assert "is missing" in str(problem)
    assert drain(journal, catalog).clients == 0


def test_a_journal_of_a_later_version_waits(journal: Path, catalog: Catalog) -> None:
    writer = _write(journal, "r-1", 3)
    writer.close()
    path = segment_path(writer.directory, 0)
    path.write_bytes(HEADER.pack(MAGIC, codec.FORMAT + 1, 0) + path.read_bytes()[HEADER.size :])
    for _ in range(2):
        (problem,) = drain(journal, catalog).problems
        assert problem.kind == "newer" and "upgrade" in str(problem)
    assert path.exists()
    assert catalog.last_entry() == 0


def test_bytes_that_are_no_record_are_kept(journal: Path, catalog: Catalog) -> None:
    writer = JournalWriter.create(journal)
    writer.append(b"\xc1 not msgpack")
    writer.append(codec.encode(["of_tomorrow", 1]))
    writer.append(codec.encode(an_action()))
    writer.close()
    assert drain(journal, catalog).records == 3
    kept = [tuple(row) for row in catalog.query("SELECT entry, type, payload FROM unknown_records")]
    assert kept == [(1, "undecodable", b"\xc1 not msgpack"), (2, "of_tomorrow", codec.encode(["of_tomorrow", 1]))]


def test_nothing_to_drain_is_no_error(tmp_path: Path, catalog: Catalog) -> None:
    assert drain(tmp_path / "nowhere", catalog).records == 0
    assert drain(tmp_path, catalog, client_id="nobody").clients == 0


def test_a_journal_of_a_read_only_store_stays(journal: Path, catalog: Catalog, tmp_path: Path) -> None:
    writer = _write(journal, "r-1", 3)
    writer.close()
    with open_catalog(tmp_path / "catalog.sqlite", readonly=True) as readonly, pytest.raises(StoreReadOnly):
        drain(journal, readonly)
    assert drain(journal, catalog).records == 4


def test_what_a_process_left_that_died_making_its_journal_is_removed(journal: Path, catalog: Catalog) -> None:
    old, young = journal / ".new-1", journal / ".new-2"
    for directory in (old, young):
        directory.mkdir(parents=True)
        (directory / "lock").touch()
    os.utime(old, (0, 0))
    drain(journal, catalog)
    assert not old.exists() and young.exists()


def test_several_drainers_at_once_apply_everything_once(journal: Path, tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from modeldb.catalog import drain, open_catalog
        root = Path(sys.argv[1])
        with open_catalog(root / "catalog.sqlite") as catalog:
            print("ready", flush=True)
            sys.stdin.readline()
            while (root / "journal").exists() and any((root / "journal").iterdir()):
                drain(root / "journal", catalog, max_records=11)
    """
    live = _write(journal, "r-0", 200, segment_bytes=2000)
    for n in range(1, 6):
        _write(journal, f"r-{n}", 200, segment_bytes=2000).close()
    command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    drainers = [subprocess.Popen(command, **pipes) for _ in range(3)]
    for drainer in drainers:
        assert drainer.stdout.readline() == "ready\n"
    for drainer in drainers:
        drainer.stdin.write("go\n")
        drainer.stdin.flush()
    for step in range(200, 400):
        live.append(codec.encode(Metrics("r-0", 0.0, ["loss"], [float(step)], step)))
    live.close()
    for drainer in drainers:
        drainer.communicate()
        assert drainer.returncode == 0
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        assert _steps(catalog, "r-0") == list(range(400))
        for n in range(1, 6):
            assert _steps(catalog, f"r-{n}") == list(range(200))
        assert catalog.last_entry() == 400 + 5 * 200 + 6 + 6
        assert {row[0] for row in catalog.query("SELECT status FROM runs")} == {"killed"}


def test_threads_may_drain_at_once(journal: Path, catalog: Catalog) -> None:
    for n in range(4):
        _write(journal, f"r-{n}", 100).close()
    threads = [threading.Thread(target=drain, args=(journal, catalog), kwargs={"max_records": 7}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for n in range(4):
        assert _steps(catalog, f"r-{n}") == list(range(100))


KILLED_BETWEEN_STEPS = """
    import os, signal, sys
    from pathlib import Path
    from modeldb.catalog import catalog as catalog_module, drain as _, open_catalog
    from modeldb.catalog.dialect import SQLite
    import modeldb.catalog.drain
    drain_module = sys.modules["modeldb.catalog.drain"]
    root, step, nth = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    calls = 0

    def die_at(owner, name, *, after):
        wrapped = getattr(owner, name)
        def dying(*args, **kwargs):
            global calls
            calls += 1
            if calls == nth and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = wrapped(*args, **kwargs)
            if calls == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return result
        setattr(owner, name, dying)

    owner, name, after = {
        "before the cursor": (catalog_module, "_write_cursor", False),
        "before the commit": (catalog_module, "_write_cursor", True),
        "after the commit": (catalog_module.Catalog, "apply", True),
        "before segments go": (drain_module, "_remove_applied_segments", False),
        "before the end": (catalog_module.Catalog, "end_client", False),
        "after the end": (catalog_module.Catalog, "end_client", True),
        "among the segments": (Path, "unlink", True),
        "after the removal": (drain_module, "_remove", True),
    }[step]
    die_at(owner, name, after=after)
    with open_catalog(root / "catalog.sqlite") as catalog:
        modeldb.catalog.drain(root / "journal", catalog, max_records=10)
    raise AssertionError("it lived")
"""


@pytest.mark.parametrize(
    ("step", "nth"),
    [
        ("before the cursor", 2), ("before the commit", 1), ("after the commit", 1), ("before segments go", 1),
        ("before the end", 1), ("after the end", 1), ("among the segments", 1), ("after the removal", 1),
    ],
)  # fmt: skip
def test_a_drainer_may_be_killed_between_any_two_steps(
    journal: Path, catalog: Catalog, tmp_path: Path, step: str, nth: int
) -> None:
    live, dead = _write(journal, "r-0", 35, segment_bytes=300), _write(journal, "r-1", 35, segment_bytes=300)
    dead.close()
    command = [sys.executable, "-c", textwrap.dedent(KILLED_BETWEEN_STEPS), str(tmp_path), step, str(nth)]
    killed = subprocess.run(command, capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    drain(journal, catalog)
    for run_id in ("r-0", "r-1"):
        assert _steps(catalog, run_id) == list(range(35))
    statuses = catalog.query("SELECT run_id, status FROM runs ORDER BY run_id")
    assert [tuple(row) for row in statuses] == [("r-0", "running"), ("r-1", "killed")]
    assert [path.name for path in journal.iterdir()] == [live.client_id]
    assert catalog.last_entry() == 2 * 36 + 1
    live.close()


KILLS = """
    import mmap, os, random, signal, struct, sys, threading, time
    from pathlib import Path
    from modeldb.catalog import drain, open_catalog
    from modeldb.core import codec
    from modeldb.core.actions import Metrics, MetricSeen
    from modeldb.journal import JournalWriter
    from modeldb.testing.catalog import a_model, a_run, an_action

    root, kills = Path(sys.argv[1]), int(sys.argv[2])
    acknowledged = mmap.mmap(-1, 8)
    chance = random.Random(5)

    def write(run_id):
        catalog = open_catalog(root / "catalog.sqlite")
        def drain_always():
            while True:
                drain(root / "journal", catalog, max_records=50)
        threading.Thread(target=drain_always, daemon=True).start()
        writer = JournalWriter.create(root / "journal", segment_bytes=4000)
        writer.append(codec.encode(a_run(run_id)))
        for n in range(1_000_000):
            if n % 10:
                record = Metrics(run_id, 0.0, ["loss"], [float(n)], n)
            else:
                metrics = [MetricSeen("loss", float(n), step=n)]
                model = a_model(f"m-{run_id}-{n}")
                record = an_action(f"a-{run_id}-{n}", run_id, models=[model], metrics=metrics)
            writer.append(codec.encode(record))
            acknowledged[:] = struct.pack("q", n + 1)

    for kill in range(kills):
        run_id = f"r-{kill}"
        acknowledged[:] = bytes(8)
        pid = os.fork()
        if pid == 0:
            write(run_id)
        while struct.unpack("q", acknowledged)[0] == 0:
            time.sleep(0.001)
        time.sleep(chance.random() * 0.08)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        print(run_id, struct.unpack("q", acknowledged)[0], flush=True)
"""


def test_nothing_acknowledged_is_lost_or_doubled_by_kill_9_at_50_moments(journal: Path, tmp_path: Path) -> None:
    open_catalog(tmp_path / "catalog.sqlite").close()
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(KILLS), str(tmp_path), "50"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    acknowledged = dict(line.split() for line in output.splitlines())
    assert len(acknowledged) == 50
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        # What the writers' own threads had drained by then is part of it; the rest is drained now.
        report = drain(journal, catalog)
        assert {problem.kind for problem in report.problems} <= {"torn"}
        assert list(journal.iterdir()) == []
        total = 0
        for run_id, count in acknowledged.items():
            steps = _steps(catalog, run_id)
            # One more may have been written before it could be acknowledged.
            assert len(steps) - int(count) in (0, 1)
            assert steps == list(range(len(steps)))
            models = catalog.query("SELECT count(*) FROM models WHERE run_id = ?", [run_id])[0][0]
            assert models == (len(steps) + 9) // 10
            total += len(steps)
        assert total > 50 * 50
        assert {row[0] for row in catalog.query("SELECT status FROM runs")} == {"killed"}
        assert catalog.last_entry() == total + 2 * 50
        assert catalog.query("PRAGMA integrity_check")[0][0] == "ok"
