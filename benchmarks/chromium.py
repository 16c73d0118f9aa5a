"""Debian's Chromium, driven by Playwright, and what an interaction costs: on the clock, in the page, in the server.

On the clock is from the moment the browser stamped the click or key to the frame after the page shows what was asked.
CPU time of the page's main thread (Chrome's `ThreadTime`) and of the server stand beside it: those do not count how
long other processes on the machine kept either from running.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

ARGUMENTS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE_MS = 180_000
TICK = os.sysconf("SC_CLK_TCK")

STAMP = """() => {
  window.benchStart = null;
  const stamp = (event) => { window.benchStart ??= event.timeStamp; };
  const kinds = ["pointerdown", "pointerup", "keydown", "change"];
  for (const kind of kinds) window.addEventListener(kind, stamp, { capture: true });
}"""
WATCH = """() => {
  window.benchStart = null;
  window.benchDone = new Promise((resolve, reject) => {
    const until = performance.now() + PATIENCE;
    const look = () => {
      if (performance.now() > until) reject(new Error("never became true: " + TEXT));
      else if (CONDITION) requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - window.benchStart)));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds on the clock, and of CPU in the page's main thread and the server; kilobytes that travelled."""

    wall: float
    page: float
    server: float
    kb: float


class Server:
    """A server in a process of its own, from its start until the block ends."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], ready: str | None) -> None:
        """`ready` is an expression that finds its address in what it prints."""
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env, start_new_session=True
        )
        self.address = self._announced(ready) if ready else ""

    def cpu(self) -> float:
        """CPU milliseconds so far, with its children."""
        pids = [self._process.pid, *_descendants(self._process.pid)]
        return sum(map(_cpu_ms, pids))

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def _announced(self, ready: str) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(ready, line)
        if found is None:
            self.stop()
            raise SystemExit(f"The server did not say its address but {line!r}.")
        return found.group()


@contextmanager
def serving(command: Sequence[str], env: Mapping[str, str], ready: str | None = None) -> Iterator[Server]:
    """The server that this command starts."""
    server = Server(command, env, ready)
    try:
        yield server
    finally:
        server.stop()


class Page:
    """One page, and what each thing done on it costs."""

    def __init__(self, browser: Any, server: Server, *, width: int = 1440, height: int = 900) -> None:
        self._context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.server = server
        self._bytes = 0
        self._devtools = self._context.new_cdp_session(self.page)
        self._devtools.send("Performance.enable")
        self._devtools.send("Network.enable")
        self._devtools.on("Network.dataReceived", lambda event: self._count(event["encodedDataLength"]))

    def close(self) -> None:
        self._context.close()

    def open(self, url: str, shown: str) -> Cost:
        """Loads an address until the selector is there and painted."""

        def load() -> float:
            begun = time.perf_counter()
            self.page.goto(url, wait_until="commit")
            self.page.wait_for_selector(shown)
            self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
            return 1000 * (time.perf_counter() - begun)

        cost = self._measured(load)
        self.page.evaluate(STAMP)
        return cost

    def act(self, do: Callable[[], object], condition: str) -> Cost:
        """Does something a person does, until the expression holds."""

        def both() -> float:
            watch = WATCH.replace("PATIENCE", str(PATIENCE_MS)).replace("TEXT", json.dumps(condition))
            self.page.evaluate(watch.replace("CONDITION", condition))
            do()
            return float(self.page.evaluate("() => window.benchDone"))

        return self._measured(both)

    def click(self, target: Any) -> Callable[[], None]:
        """A click on what a locator finds. It is found, and the pointer is over it, before the click is counted:
        looking for it takes as long as what some clicks do."""
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")

        def press() -> None:
            self.page.mouse.down()
            self.page.mouse.up()

        return press

    def idle(self, seconds: float) -> Cost:
        """What the page costs when nobody does anything."""
        return self._measured(lambda: self.page.wait_for_timeout(1000 * seconds) or 0.0)

    def heap_mb(self) -> float:
        return self._metrics()["JSHeapUsedSize"] / 1e6

    def _measured(self, run: Callable[[], float]) -> Cost:
        page, server, kb = self._metrics().get("ThreadTime", 0.0), self.server.cpu(), self._bytes
        wall = run()
        after = self._metrics().get("ThreadTime", 0.0)
        # A navigation may have got a new process, whose counters begin at zero.
        busy = after - page if after >= page else after
        return Cost(wall, 1000 * busy, self.server.cpu() - server, (self._bytes - kb) / 1000)

    def _metrics(self) -> dict[str, float]:
        return {one["name"]: one["value"] for one in self._devtools.send("Performance.getMetrics")["metrics"]}

    def _count(self, n: int) -> None:
        self._bytes += n


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser. Leaves with what is missing when there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise SystemExit("playwright is missing: pip install --group dev.") from None
    executable = shutil.which("chromium") or shutil.which("google-chrome")
    if executable is None:
        raise SystemExit("There is no Chromium: make browser.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def median(costs: Sequence[Cost]) -> Cost:
    """The median of each part."""
    return Cost(
        *(statistics.median(part) for part in zip(*((c.wall, c.page, c.server, c.kb) for c in costs), strict=True))
    )


def _descendants(pid: int) -> Iterator[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return
    for child in children:
        yield child
        yield from _descendants(child)


def _cpu_ms(pid: int) -> float:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return 1000 * (int(fields[11]) + int(fields[12])) / TICK
