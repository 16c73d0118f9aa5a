"""What happens while a page is open: a script records, and the server goes away and comes back."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import STATIC

GROW = """
import modeldb
with modeldb.run("grown", project="churn") as run:
    for step in range(40):
        run.log_metric("loss", 1.0 / (step + 1), step=step)
"""


class Serving:
    """`modeldb ui` on one port, as often as it is started."""

    def __init__(self, store: Path) -> None:
        self.store = store
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        command = [sys.executable, "-u", "-m", "modeldb", "ui", "--no-open", "--store", str(self.store)]
        self._process = subprocess.Popen([*command, "--port", str(self.port)], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        found = re.search(r"http://\S+", self._process.stdout.readline())
        assert found, "modeldb ui did not print its address"
        return found.group()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.communicate(timeout=30)
            self._process = None


@pytest.fixture
def own_server(recorded: Path, tmp_path: Path) -> Iterator[Serving]:
    """A server over a copy of the store, which may be changed."""
    if not (STATIC / "index.html").exists():
        pytest.skip("The pages are not built; run python web/build.py.")
    serving = Serving(Path(shutil.copytree(recorded, tmp_path / "store")))
    yield serving
    serving.stop()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    made = context.new_page()
    made.set_default_timeout(60_000)
    yield made
    context.close()


def record(store: Path, script: str) -> None:
    env = {**os.environ, "MODELDB_URL": str(store)}
    subprocess.run([sys.executable, "-c", script], env=env, cwd=store.parent, check=True, timeout=120)


def asked(page: Any, part: str) -> Callable[[], list[str]]:
    """The addresses with this part that the page asks for from now on."""
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url) if part in request.url else None)
    return lambda: urls


def test_a_page_follows_what_a_script_records(own_server: Serving, page: Any) -> None:
    base = own_server.start().partition("/#")[0]
    page.goto(f"{base}/p/churn/runs")
    page.wait_for_selector("[role=grid][aria-rowcount='10']")
    record(own_server.store, GROW)
    page.wait_for_selector("[role=grid][aria-rowcount='11']")
    page.goto(f"{base}/p/churn/charts?kind=curves&name=loss")
    page.wait_for_selector("text=7 curves")
    urls = asked(page, "/series?")
    record(own_server.store, GROW)
    page.wait_for_selector("text=8 curves")
    assert urls() and all("after=" in url for url in urls()), "only curves with news are asked for"


def test_a_server_that_stops_is_told_and_one_that_returns_is_noticed(own_server: Serving, page: Any) -> None:
    base = own_server.start().partition("/#")[0]
    page.goto(f"{base}/p/churn")
    page.wait_for_selector(".grid-row a")
    own_server.stop()
    page.wait_for_selector("text=Connection lost")
    page.locator("nav a[href$='/churn/data']").click()
    page.wait_for_selector("text=The server does not answer")
    page.wait_for_selector("text=Start it again with: modeldb ui")
    record(own_server.store, GROW)
    own_server.start()
    page.wait_for_selector("main tbody tr")
    page.wait_for_selector("text=Live")
    page.locator("nav a[href$='/churn/runs']").click()
    page.wait_for_selector("[role=grid][aria-rowcount='11']")
