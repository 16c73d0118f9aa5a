"""A store recorded by a real script, served by `modeldb ui`, and a real browser to look at it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
STATIC = HERE.parents[1] / "src" / "modeldb" / "server" / "static"
CHROMIUM_ARGUMENTS = [
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with what `train.py` did."""
    store = tmp_path_factory.mktemp("web") / "store"
    environment = {**os.environ, "MODELDB_URL": str(store)}
    subprocess.run([sys.executable, str(HERE / "train.py")], env=environment, cwd=store.parent, check=True, timeout=300)
    subprocess.run([sys.executable, "-m", "modeldb", "sync", "--store", str(store)], check=True, timeout=120)
    return store


@pytest.fixture(scope="session")
def address(recorded: Path) -> Iterator[str]:
    """The address `modeldb ui` prints for it, with the token for changes."""
    if not (STATIC / "index.html").exists():
        pytest.skip("The pages are not built; run python web/build.py.")
    command = [sys.executable, "-u", "-m", "modeldb", "ui", "--no-open", "--store", str(recorded)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found, "modeldb ui did not print its address"
        yield found.group()
    finally:
        server.terminate()
        server.communicate(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("No Chromium; apt-get install chromium.")
    with api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


class Visit:
    """A page of the interface that remembers what went wrong and which hosts it asked."""

    def __init__(self, page: Any, address: str) -> None:
        self.page = page
        self.base, _, self.token = address.partition("/#")
        self.problems: list[str] = []
        self.hosts: set[str] = set()
        page.set_default_timeout(60_000)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", lambda request: self.hosts.add(request.url.split("/", 3)[2]))
        page.goto(address)

    def _console(self, message: Any) -> None:
        # A refused filter or statement is an answer people read, and browsers log every 4xx.
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.problems.append(f"console: {message.text}")

    def go(self, path: str, wait_for: str) -> Any:
        """Opens an address and waits until the selector is there."""
        self.page.goto(self.base + path)
        self.page.wait_for_selector(wait_for)
        return self.page

    def until(self, expression: str, seconds: float = 30) -> None:
        """Waits until the expression is true. Playwright's own waiting evaluates text, which the policy forbids."""
        deadline = time.monotonic() + seconds
        while not self.page.evaluate(f"() => Boolean({expression})"):
            assert time.monotonic() < deadline, f"never became true: {expression}"
            self.page.wait_for_timeout(50)

    def get(self, path: str) -> Any:
        """What the HTTP interface answers."""
        return self.page.evaluate("path => fetch('/api/v1' + path).then(answer => answer.json())", path)

    def check(self) -> None:
        """Fails for anything in the console, any other host, and any name that came to life."""
        assert self.problems == []
        assert self.hosts <= {self.base.removeprefix("http://")}
        assert self.page.evaluate("window.attacked") is None


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    seen = Visit(context.new_page(), address)
    yield seen
    seen.check()
    context.close()
