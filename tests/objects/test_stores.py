"""Every place for packs keeps the same promises."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from modeldb.objects import open_store
from modeldb.objects.fsck import fsck
from modeldb.testing.objects import ObjectStoreSuite

_names = itertools.count()


class TestDirectory(ObjectStoreSuite):
    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        return str(tmp_path / "objects")


class TestMemory(ObjectStoreSuite):
    @pytest.fixture
    def url(self) -> str:
        return f"memory://suite-{next(_names)}"


@pytest.fixture(scope="module")
def bucket() -> object:
    pytest.importorskip("obstore")
    moto = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    server = moto.ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        endpoint = f"http://{host.replace('0.0.0.0', '127.0.0.1')}:{port}"
        for name, value in {"ENDPOINT_URL": endpoint, "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test",
                            "DEFAULT_REGION": "us-east-1", "REGION": "us-east-1"}.items():  # fmt: skip
            patch.setenv(f"AWS_{name}", value)
        boto3.client("s3").create_bucket(Bucket="models")
        yield "models"
    server.stop()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestS3(ObjectStoreSuite):
    @pytest.fixture
    def url(self, bucket: str) -> str:
        return f"s3://{bucket}/suite-{next(_names)}"


S3_WRITER = """
import sys
import numpy as np
from modeldb.objects import capture, open_store
store = open_store(sys.argv[1])
for number in range(int(sys.argv[3])):
    shared = np.random.default_rng(number).normal(size=500)
    own = np.random.default_rng(int(sys.argv[2]) * 1000 + number).normal(size=20_000)
    digest = store.put(capture([shared, own])).digest
    store.flush()
    print(digest, flush=True)
"""


def s3_writer(url: str, seed: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", S3_WRITER, url, str(seed), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_processes_that_write_to_one_bucket_at_once_lose_nothing(bucket: str) -> None:
    url = f"s3://{bucket}/suite-{next(_names)}"
    writers = [s3_writer(url, seed, 5) for seed in range(3)]
    digests = [line for writer in writers for line in writer.communicate()[0].split()]
    assert all(writer.returncode == 0 for writer in writers)
    assert len(set(digests)) == 15
    with open_store(url, trusted=True) as store:
        assert set(store.digests()) == set(digests)
        assert all([len(part) for part in store.load(digest)] == [500, 20_000] for digest in digests)
        assert fsck(store).problems == ()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_process_killed_while_it_writes_to_a_bucket_leaves_nothing_half(bucket: str) -> None:
    url = f"s3://{bucket}/suite-{next(_names)}"
    writers = [s3_writer(url, seed, 100_000) for seed in range(2)]
    told = [writer.stdout.readline().strip() for writer in writers if writer.stdout is not None]
    for writer in writers:
        writer.send_signal(signal.SIGKILL)
        told += [line for line in writer.communicate()[0].splitlines() if len(line) == 32]
    with open_store(url, trusted=True) as store:
        assert set(store.digests()) >= set(told), "what flush returned from is there"
        assert all([len(part) for part in store.load(digest)] == [500, 20_000] for digest in store.digests())
        assert fsck(store).problems == ()
