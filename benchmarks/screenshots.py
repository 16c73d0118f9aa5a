"""Takes the pictures of every view that stand in docs/screenshots.

    python benchmarks/screenshots.py --store .modeldb --project churn docs/screenshots

Serves the store with `modeldb ui`, opens it in Chromium at 1440 x 900, light and dark, and one on a phone. What is
about one model is shown of the project asked for; the tables of models and of runs of the projects with most of them,
since a table of three says little; charts of hyperparameters of the search with most candidates, where they vary; and
curves of the project that has most of them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chromium import chromium


def with_most(get: Any, rows: str) -> str:
    """The project that has the most rows of a table, such as `models/table?roles=model`."""
    names = [card["name"] for card in get("/projects")["projects"]]
    return max(
        names, key=lambda name: get(f"/{rows}{'&' if '?' in rows else '?'}limit=1&project={quote(name)}")["total"]
    )


def with_curves(get: Any, otherwise: str) -> str:
    """The project with most learning curves."""
    names = [card["name"] for card in get("/projects")["projects"]]
    drawn = {name: len(get(f"/series?project={quote(name)}&points=2&limit=200")["series"]) for name in names}
    most = max(names, key=lambda name: drawn[name])
    return most if drawn[most] else otherwise


def views(get: Any, project: str) -> dict[str, tuple[str, str]]:
    """The views with their addresses and what to wait for. `get` asks the HTTP interface."""
    in_project = f"/p/{quote(project, safe='')}"
    of_models, of_runs, of_candidates = (
        f"/p/{quote(with_most(get, rows), safe='')}"
        for rows in ("models/table", "runs/table", "models/table?roles=candidate")
    )
    charts = f"{of_candidates}/charts?role=candidate&kind="
    models = get(f"/models/table?project={quote(project)}&limit=5")["ids"]
    runs = get(f"/runs/table?project={quote(project)}&limit=1")["ids"]
    found = {
        "projects": ("/", ".project-card"),
        "models": (of_models, ".strip canvas"),
        "runs": (f"{of_runs}/runs", ".grid-row"),
        "scatter": (f"{charts}scatter", "canvas"),
        "parallel": (f"{charts}parallel", "canvas"),
        "grouped": (f"{charts}grouped", "canvas"),
        "matters": (f"{charts}matters", ".influences, .state"),
        "curves": (f"/p/{quote(with_curves(get, project), safe='')}/charts?kind=curves", "canvas, .state"),
        "builder": (f"{charts}builder", ".vega-host canvas"),
        "examples": (f"{in_project}/examples", "table.examples, .state"),
        "data": (f"{in_project}/data", "tbody tr"),
        "sql": ("/sql?as=chart&q=" + quote("SELECT type, count(*) AS models FROM models GROUP BY type"), "canvas"),
    }
    if models:
        found["model"] = (f"/models/{models[0]}", "text=About")
        found["pipeline"] = (f"/models/{models[0]}/pipeline", ".gnode")
        trained_on = get(f"/models/{models[0]}")["trained_on"]
        if trained_on:
            found["dataset"] = (f"/data/{trained_on['dataset_id']}", "tbody tr")
    if len(models) > 1:
        found["compare"] = (f"/compare?id={models[0]}&id={models[1]}", "text=Hyperparameters")
    if runs:
        found["run"] = (f"/runs/{runs[0]}", ".actions-tree")
    return found


def take(address: str, project: str, directory: Path) -> None:
    """Writes one PNG per view and theme. Raises RuntimeError when a page reports an error."""
    base = address.partition("/#")[0]
    directory.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    with chromium() as browser:
        for scheme, width, height in (("light", 1440, 900), ("dark", 1440, 900), ("phone", 390, 844)):
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
            )
            page = context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.goto(address)

            def get(path: str, page: Any = page) -> Any:
                return page.evaluate("path => fetch('/api/v1' + path).then(answer => answer.json())", path)

            for name, (path, wait_for) in views(get, project).items():
                if scheme == "phone" and name not in ("projects", "models", "model"):
                    continue
                page.goto(base + path)
                page.wait_for_selector(wait_for)
                # Behind a view's first content there may be parts that still wait for their answer.
                page.locator(".skeleton").first.wait_for(state="detached", timeout=60_000)
                time.sleep(0.7)
                page.screenshot(path=directory / f"{name}{'' if scheme == 'light' else '-' + scheme}.png")
    if problems:
        raise RuntimeError("\n".join(problems))


def main() -> None:
    parser = argparse.ArgumentParser(description="Takes a picture of every view.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--store", required=True)
    parser.add_argument("--project", required=True)
    arguments = parser.parse_args()
    command = [sys.executable, "-u", "-m", "modeldb", "ui", "--no-open", "--store", arguments.store]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        if found is None:
            raise SystemExit("modeldb ui did not print its address.")
        take(found.group(), arguments.project, arguments.directory)
    finally:
        server.terminate()
        server.communicate(timeout=20)


if __name__ == "__main__":
    main()
