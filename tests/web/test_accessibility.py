"""axe finds no serious fault in any view, light or dark."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import WEB, Visit

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
VIEWS = {
    "projects": ("/", ".project-card"),
    "models": ("/p/churn", ".strip canvas"),
    "runs": ("/p/churn/runs", ".grid-row"),
    "scatter": ("/p/churn/charts?kind=scatter", "canvas"),
    "grouped": ("/p/churn/charts?kind=grouped", "canvas"),
    "matters": ("/p/churn/charts?kind=matters", ".influences"),
    "curves": ("/p/churn/charts?kind=curves", "canvas"),
    "builder": ("/p/churn/charts?kind=builder", ".vega-host canvas"),
    "model": ("/models/{model}", ".confusion"),
    "regression": ("/models/{regression}", "section:has(h2:text-is('Similar models')) .meter"),
    "run": ("/runs/{run}", ".actions-tree"),
    "pipeline": ("/models/{model}/pipeline", ".gnode"),
    "compare": ("/compare?id={model}&id={other}", "td.best"),
    "examples": ("/p/churn/examples", "table.examples"),
    "data": ("/p/churn/data", "tbody tr"),
    "dataset": ("/data/{dataset}", "tbody tr"),
    "sql": ("/sql?q=SELECT+*+FROM+models", ".grid-row"),
}


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; run npm ci in web/")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault(browser: Any, address: str, scheme: str) -> None:
    # Chromium lets the page's policy pass for this context only, so that axe can be brought in.
    # So tall that what waits to be seen is there.
    context = browser.new_context(viewport={"width": 1280, "height": 3000}, color_scheme=scheme, bypass_csp=True)
    visit = Visit(context.new_page(), address)
    models = visit.get("/models/table?project=churn")["ids"]
    names = {
        "model": models[0],
        "other": models[1],
        "regression": visit.get("/models/table?project=sizes")["ids"][0],
        "run": visit.get("/runs/table?project=churn")["ids"][0],
        "dataset": visit.get(f"/models/{models[0]}")["trained_on"]["dataset_id"],
    }
    faults = []
    for view, (path, wait_for) in VIEWS.items():
        page = visit.go(path.format(**names), wait_for)
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
        faults += [
            f"{view}: {fault['id']}: {fault['help']}: {fault['nodes'][0]['html'][:160]}"
            for fault in found
            if fault["impact"] in ("serious", "critical")
        ]
    context.close()
    assert not faults, "\n".join(faults)
