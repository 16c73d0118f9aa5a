"""Every place for packs keeps the same promises."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

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
