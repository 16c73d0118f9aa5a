"""What is hidden is out of tables, charts and what is best alike, and there is always a way to see it."""

from __future__ import annotations

import re
from typing import Any


def test_charts_cards_and_curves_follow_what_is_hidden(visit: Any) -> None:
    best, *_ = visit.get("/models/table?project=churn")["ids"]
    run = visit.get(f"/models/{visit.get('/models/table?project=churn')['ids'][-1]}")["run"]["run_id"]
    page = visit.go(f"/models/{best}", ".confusion")
    page.get_by_role("button", name="Hide", exact=True).click()
    page.wait_for_selector(".badge:text-is('hidden')")
    page = visit.go(f"/runs/{run}", ".actions-tree")
    page.get_by_role("button", name="Hide", exact=True).click()
    page.wait_for_selector(".badge:text-is('hidden')")

    page = visit.go("/", ".project-card")
    card = page.locator(".project-card", has=page.get_by_role("link", name="churn", exact=True))
    card.get_by_text("2 hidden").wait_for()
    assert card.locator(".best-model a").get_attribute("href") != f"/models/{best}"

    page = visit.go("/p/churn/charts", ".figure canvas")
    page.get_by_role("heading", name="8 models in the chart").wait_for()
    page.get_by_role("button", name="1 hidden: show").click()
    page.get_by_role("heading", name="9 models in the chart").wait_for()
    page.get_by_role("link", name="Open as table").click()
    page.wait_for_selector(".grid-row")
    assert "hidden=1" in page.url and page.locator("[role=grid]").first.get_attribute("aria-rowcount") == "10"
    page.get_by_role("link", name="All charts").click()
    page.get_by_role("button", name="Hidden ones are shown: leave them out").click()
    page.get_by_role("button", name="Curves", exact=True).click()
    page.get_by_text("5 curves").first.wait_for()
    page.get_by_role("button", name=re.compile("hidden: show")).click()
    page.get_by_text("6 curves").first.wait_for()

    for path, there in ((f"/models/{best}", ".confusion"), (f"/runs/{run}", ".actions-tree")):
        page = visit.go(path, there)
        page.get_by_role("button", name="Unhide").click()
        page.wait_for_selector(".badge:text-is('hidden')", state="detached")
