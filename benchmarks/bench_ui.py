"""Measures the web interface in Chromium on 10,000 runs with 20 hyperparameters and 10 metrics, beside MLflow's.

    python benchmarks/bench_ui.py [DIRECTORY] [--runs 10000] [--no-peer]

`modeldb ui` serves the store, a browser does what a person does, and each thing is timed three times with something
else asked each time, so that nothing is answered from memory. A page is looked at for two seconds before a link or a
kind of chart on it is chosen; the page works ahead meanwhile, which is not counted. MLflow's interface is then shown
the same runs, from a SQLite of its own. Everything listens on 127.0.0.1 only and ends by itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from beside import HAS_PEER, environment, row
from chromium import Cost, Page, Server, chromium, median, serving
from make_store import make_store

PROJECT, KEPT, CURVES = "churn", "kept", "digits"
SHARES = (0.96, 0.0, 0.04)
"""One project with nearly all runs, and a few hundred with learning curves."""
LOOK_MS = 2000
FIRST_VIEW_MS, INTERACTION_MS, BUNDLE_KB = 1000, 100, 400
FILTERS = ("metric.accuracy_score > 0.75", "type = 'SVC' and param.n_estimators in (100, 200)", "param.shuffle = true")
READY = "!document.querySelector('.progress, .skeleton')"
FIRST_ROWS = "main:has(.strip canvas):has(.grid-row a)"
Step = Callable[[Page], Cost]

SCRIPT = """
import modeldb
modeldb.autolog(project="kept")
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
X, y = make_classification(20000, 20, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
for C in (0.0001, 0.001, 0.01, 1.0):
    model = LogisticRegression(C=C).fit(X_train, y_train)
    accuracy_score(y_test, model.predict(X_test))
"""


def prepare(directory: Path, runs: int) -> None:
    """The large store, and in it one project whose data and predictions are kept."""
    make_store(directory, round(runs / SHARES[0]), shares=SHARES)
    if not any((directory / "objects").glob("*")):
        env = environment(MODELDB_URL=str(directory))
        subprocess.run([sys.executable, "-c", SCRIPT], env=env, check=True, cwd=directory)


def command(store: Path) -> list[str]:
    return [sys.executable, "-u", "-m", "modeldb", "ui", "--no-open", "--store", str(store)]


def first_views(browser: Any, store: Path) -> Iterator[tuple[str, Cost]]:
    """The table of the large project, from a server that has just said its address, and from one in use."""
    for name, cached in (("nothing cached", False), ("cache of another day", True)):
        if not cached:
            (store / "cache" / "tables.bin").unlink(missing_ok=True)
        costs = []
        for _ in range(3 if cached else 1):
            with serving(command(store), environment(), r"http://\S+") as server:
                page = Page(browser, server)
                costs.append(page.open(server.address.replace("/#", f"/p/{PROJECT}#"), FIRST_ROWS))
                if not cached:
                    _until((store / "cache" / "tables.bin").exists, 60)
                page.close()
        yield f"first view, server just started, {name}", median(costs)


def warm_views(browser: Any, server: Server) -> list[Cost]:
    """From a server that has filled its tables and does nothing else."""
    busy = -1.0
    while server.cpu() > busy:
        busy = server.cpu()
        time.sleep(2)
    costs = []
    for _ in range(4):
        page = Page(browser, server)
        costs.append(page.open(server.address.replace("/#", f"/p/{PROJECT}#"), FIRST_ROWS))
        page.close()
    return costs[1:]


def table(page: Page) -> Iterator[tuple[str, list[Cost]]]:
    """What people do with the table."""
    by = page.page
    yield "sort by a column", [_sort(page, place) for place in (1, 2, 3)]
    costs = []
    for text in FILTERS:
        by.get_by_label("Filter", exact=True).fill(text)
        rows = by.locator("[role=grid]").first.get_attribute("aria-rowcount")
        changed = f"document.querySelector('[role=grid]').ariaRowCount !== '{rows}' && {READY}"
        costs.append(page.act(lambda: by.keyboard.press("Enter"), changed))
    yield "filter by an expression", costs
    _all_rows(page)
    costs = []
    for place in (9000, 4000, 7000):
        start = "window.benchStart = performance.now();"
        jump = f"() => {{ {start} document.querySelector('.grid').scrollTop = {28 * place} }}"
        costs.append(page.act(lambda jump=jump: by.evaluate(jump), f"document.querySelector('#row-{place} a')"))
    yield "scroll to row 9,000", costs
    by.evaluate("() => document.querySelector('.grid').scrollTo(0, 0)")
    yield "brush the chart above, at release", [_brush(page, 0.3, 0.3 + 0.1 * n) for n in (3, 2, 1)]
    _all_rows(page)
    costs = []
    for key in ("type", "param.max_depth", "param.algorithm"):
        by.get_by_role("button", name="Group").first.click()
        grouped = f"document.querySelector('[role=grid]').ariaLabel.startsWith('Groups') && {READY}"
        choose = by.get_by_label("Add a column to group by")
        costs.append(page.act(lambda choose=choose, key=key: choose.select_option(key), grouped))
        by.get_by_role("button", name="No groups").click()
        by.keyboard.press("Escape")
        by.wait_for_selector("[role=grid][aria-label=Models] .grid-row a")
    yield "group by a column", costs


def charts(page: Page) -> Iterator[tuple[str, list[Cost]]]:
    """Each kind of chart, and brushing the parallel coordinates."""
    by, base = page.page, page.server.address.partition("/#")[0]
    for kind, text in (
        ("scatter", "Scatter"),
        ("parallel", "Parallel"),
        ("grouped", "Grouped"),
        ("matters", "What matters"),
    ):
        costs = []
        for _ in range(3):
            _look_at(page, f"{base}/p/{PROJECT}/charts", "canvas")
            drawn = (
                f"location.search.includes('kind={kind}') && document.querySelector('canvas, .influences') && {READY}"
            )
            costs.append(page.act(page.click(by.get_by_role("button", name=text, exact=True)), drawn))
            if kind == "parallel":
                last = _drag_axis(page)
        yield f"chart: {text.lower()}", costs
        if kind == "parallel":
            yield "brush an axis, at release", [last]
    look = "location.search.includes('kind=curves') && document.querySelectorAll('.chart-grid canvas').length > 1"
    costs = []
    for _ in range(3):
        _look_at(page, f"{base}/p/{CURVES}/charts", "canvas")
        costs.append(page.act(page.click(by.get_by_role("button", name="Curves", exact=True)), f"{look} && {READY}"))
    yield "chart: hundreds of learning curves", costs
    slider = by.get_by_label("Smoothing")
    slider.focus()
    costs = [
        page.act(lambda: by.keyboard.press("PageUp"), f"+document.querySelector('input[type=range]').value > {at}")
        for at in (0, 0.15)
    ]
    yield "smooth them", costs


def pages(page: Page) -> Iterator[tuple[str, list[Cost]]]:
    """The other views, each reached as a person would."""
    by, base = page.page, page.server.address.partition("/#")[0]
    opened, pipelines, compared = [], [], []
    for place in (0, 1, 2):
        _look_at(page, f"{base}/p/{PROJECT}", FIRST_ROWS)
        at_model = f"location.pathname.startsWith('/models/') && document.querySelector('.card') && {READY}"
        opened.append(page.act(page.click(by.locator(".grid-row a").nth(place)), at_model))
        by.wait_for_timeout(LOOK_MS)
        at_pipeline = f"document.querySelector('.gnode') && {READY}"
        pipelines.append(page.act(page.click(by.get_by_role("link", name="Pipeline").first), at_pipeline))
    yield "open a model", opened
    yield "its pipeline", pipelines
    for first in (0, 3, 6):
        _look_at(page, f"{base}/p/{PROJECT}", FIRST_ROWS)
        by.locator("[role=grid]").focus()
        for _ in range(first):
            by.keyboard.press("ArrowDown")
        for _ in range(3):
            by.keyboard.press("ArrowDown")
            by.keyboard.press("Space")
        by.wait_for_selector("text=3 models selected")
        at_compare = f"location.pathname === '/compare' && document.querySelector('td.best') && {READY}"
        compared.append(page.act(lambda: by.keyboard.press("c"), at_compare))
    yield "compare three", compared
    for name, path in (("data sets", "data"), ("examples", "examples")):
        costs = []
        for _ in range(3):
            _look_at(page, f"{base}/p/{KEPT}", ".grid-row a")
            shown = f"location.pathname.endsWith('/{path}') && document.querySelector('main tbody tr') && {READY}"
            costs.append(page.act(page.click(by.locator(f"nav a[href$='/{path}']")), shown))
        yield name, costs
    costs = []
    for name in ("f1_score", "recall_score", "log_loss"):
        sql = f"SELECT type, avg(value) FROM models JOIN metrics m USING (model_id) WHERE m.name = '{name}' GROUP BY 1"
        page.open(f"{base}/sql?q={quote(sql)}", ".cm-content")
        by.locator(".cm-content").click()
        costs.append(
            page.act(
                lambda: by.keyboard.press("Control+Enter"),
                "/rows? in/.test(document.querySelector('main').textContent)",
            )
        )
    yield "an answer in SQL", costs


def _sort(page: Page, place: int) -> Cost:
    button = page.page.locator("[role=columnheader].num .th").nth(place)
    name = button.locator(".t").inner_text()
    sorted_by = f"document.querySelector('[aria-sort] .t')?.textContent === '{name}' && {READY}"
    return page.act(page.click(button), sorted_by)


def _brush(page: Page, left: float, right: float) -> Cost:
    by = page.page
    box = by.locator(".strip .pane").first.locator("canvas").last.bounding_box()
    y = box["y"] + box["height"] / 2
    by.mouse.move(box["x"] + left * box["width"], y)
    by.mouse.down()
    by.mouse.move(box["x"] + right * box["width"], y, steps=4)
    rows = by.locator("[role=grid]").first.get_attribute("aria-rowcount")
    changed = f"document.querySelector('[role=grid]').ariaRowCount !== '{rows}' && {READY}"
    return page.act(by.mouse.up, changed)


def _drag_axis(page: Page) -> Cost:
    by = page.page
    box = by.locator("main canvas").last.bounding_box()
    x = box["x"] + box["width"] - 60
    by.mouse.move(x, box["y"] + 60)
    by.mouse.down()
    by.mouse.move(x, box["y"] + 140, steps=4)
    return page.act(by.mouse.up, "/Keep only these/.test(document.querySelector('main').textContent)")


def _look_at(page: Page, url: str, shown: str) -> None:
    page.open(url, shown)
    page.page.wait_for_timeout(LOOK_MS)


def _all_rows(page: Page) -> None:
    page.open(page.server.address.partition("/#")[0] + f"/p/{PROJECT}", FIRST_ROWS)


def _until(done: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done() and time.monotonic() < deadline:
        time.sleep(0.2)


def say(name: str, costs: list[Cost], target: float) -> Cost:
    """Print the CPU time of page and server beside what it should be at most, and what it took on the clock."""
    cost = median(costs)
    beside = f"page {cost.page:,.0f}, server {cost.server:,.0f}; on the clock {cost.wall:,.0f} ms; {cost.kb:,.0f} kB"
    row(name, cost.page + cost.server, "ms", target, beside)
    return cost


def ours(browser: Any, store: Path) -> dict[str, Cost]:
    """Everything, on our interface."""
    found = {}
    for name, cost in first_views(browser, store):
        say(name, [cost], FIRST_VIEW_MS)
    with serving(command(store), environment(), r"http://\S+") as server:
        found["first view"] = say("first view, server in use", warm_views(browser, server), FIRST_VIEW_MS)
        row("  its files and answers", found["first view"].kb, "kB", BUNDLE_KB)
        page = Page(browser, server)
        page.open(server.address.replace("/#", f"/p/{PROJECT}#"), FIRST_ROWS)
        row("  memory of the page's scripts", page.heap_mb(), "MB")
        idle = page.idle(10)
        row("  ten idle seconds: page", idle.page, "ms", 50, f"server {idle.server:,.0f} ms CPU, {idle.kb:.1f} kB")
        for doing in (table, charts, pages):
            for name, costs in doing(page):
                found[name] = say(name, costs, INTERACTION_MS)
        page.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, nargs="?", default=None)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--no-peer", action="store_true", help="leave MLflow out")
    arguments = parser.parse_args()
    store = arguments.directory or Path(tempfile.gettempdir()) / f"modeldb-ui-store-{arguments.runs}"
    prepare(store, arguments.runs)
    print(
        f"{arguments.runs:,} runs; the machine's load is {os.getloadavg()[0]:.1f}. Medians of three, "
        "CPU time of the page's main thread and of the server, which is what the clock would show were it idle."
    )
    with chromium() as browser:
        found = ours(browser, store)
        if HAS_PEER and not arguments.no_peer:
            import mlflow_ui

            mlflow_ui.beside(browser, store, found)


if __name__ == "__main__":
    main()
