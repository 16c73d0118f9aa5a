"""What somebody sets in a view is in its address: who opens it sees the same, and going back is one step."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

import pytest


def models(visit: Any, filter: str = "", project: str = "churn") -> list[str]:
    return visit.get(f"/models/table?project={project}&filter={quote(filter)}")["ids"]


def opened_by_another(browser: Any, page: Any, wait_for: str) -> Any:
    """The address of this page in a browser that has never been here."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    other = context.new_page()
    other.set_default_timeout(60_000)
    other.goto(page.url)
    other.wait_for_selector(wait_for)
    return other


@pytest.fixture
def history(visit: Any) -> Any:
    """How many entries this tab's history has."""
    return lambda: visit.page.evaluate("history.length")


def test_brushes_of_parallel_coordinates(visit: Any, browser: Any, history: Any) -> None:
    page = visit.go("/p/churn/charts?kind=parallel", ".figure canvas")
    before = history()
    box = page.locator(".figure .surface").first.bounding_box()
    x = box["x"] + box["width"] - 60
    page.mouse.move(x, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=5)
    assert "brush=" not in page.url, "still being dragged"
    page.mouse.up()
    visit.until("/brush=metric/.test(location.search)")
    assert history() == before, "brushing is no step to go back"
    kept = "[role=img][aria-label$=' brushed']"
    page.wait_for_selector(kept)
    label = page.locator(kept).get_attribute("aria-label")
    other = opened_by_another(browser, page, kept)
    assert other.locator(kept).get_attribute("aria-label") == label
    other.get_by_role("button", name="Clear brushes").click()
    other.wait_for_selector(kept, state="detached")
    assert "brush=" not in other.url
    other.context.close()


def test_the_camera_over_a_pipeline_and_what_is_unfolded(visit: Any, browser: Any, history: Any) -> None:
    pipeline = models(visit, "type = 'Pipeline'")[0]
    page = visit.go(f"/models/{pipeline}/pipeline", ".gnode")
    page.wait_for_timeout(400)
    assert "at=" not in page.url, "what everybody sees first needs no words"
    before = history()
    page.get_by_role("button", name="Unfold all").click()
    visit.until("/open=all/.test(location.search)")
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    visit.until("/at=/.test(location.search)")
    assert history() == before, "neither moving nor unfolding is a step to go back"
    page.wait_for_timeout(400)

    def seen(of: Any) -> tuple[str, int]:
        return of.locator("svg.canvas > g").get_attribute("transform"), of.locator(".gnode").count()

    other = opened_by_another(browser, page, ".gnode")
    (mine, boxes), (theirs, their_boxes) = seen(page), seen(other)
    assert boxes == their_boxes
    for a, b in zip(re.findall(r"-?[\d.]+", mine), re.findall(r"-?[\d.]+", theirs), strict=True):
        assert abs(float(a) - float(b)) < 3
    other.get_by_role("group", name=re.compile("^Pipeline of")).press("0")
    other.wait_for_timeout(400)
    assert seen(other)[0] != theirs
    other.context.close()


def test_unfolded_actions_and_the_source_of_a_run(visit: Any, browser: Any) -> None:
    pipeline = models(visit, "type = 'Pipeline'")[0]
    run = visit.get(f"/models/{pipeline}")["run"]["run_id"]
    page = visit.go(f"/runs/{run}", ".actions-tree")
    page.locator(".actions-tree .twist[aria-expanded=false]").first.click()
    visit.until("/open=/.test(location.search)")
    code = page.locator("section.card", has=page.get_by_role("heading", name="Code", exact=True))
    code.locator(".btn").first.click()
    page.wait_for_selector(".diff")
    rows = page.locator(".actions-tree tbody tr").count()
    other = opened_by_another(browser, page, ".diff")
    assert other.locator(".actions-tree tbody tr").count() == rows
    other.get_by_role("button", name="Fold all").click()
    assert "open=" not in other.url
    assert other.locator(".actions-tree tbody tr").count() < rows
    other.context.close()


def test_what_a_model_page_unfolds(visit: Any, browser: Any) -> None:
    page = visit.go(f"/models/{models(visit)[0]}", ".confusion")
    page.get_by_text("at their defaults").click()
    visit.until("/more=defaults/.test(location.search)")
    other = opened_by_another(browser, page, "details[open] > summary:has-text('at their defaults')")
    other.get_by_text("at their defaults").click()
    other.wait_for_selector("details[open] > summary:has-text('at their defaults')", state="detached")
    assert "more=" not in other.url
    other.context.close()


def test_adding_to_a_comparison_keeps_how_it_is_looked_at(visit: Any) -> None:
    first, second, third, *_ = models(visit)
    page = visit.go(f"/compare?id={first}&id={second}&all=1&find=n_", "td.best")
    page.get_by_role("button", name="Swap").click()
    visit.until(f"location.search.indexOf('{second}') < location.search.indexOf('{first}')")
    page.get_by_role("button", name="Add a model").click()
    page.get_by_label("Search", exact=True).fill(third)
    page.locator(".pop .option").first.click()
    visit.until("location.search.split('id=m-').length === 4")
    assert "all=1" in page.url and "find=n_" in page.url


def test_the_order_of_an_answer_in_sql(visit: Any, browser: Any) -> None:
    page = visit.go("/sql?q=" + quote("SELECT * FROM (VALUES (1, 'b'), (2, 'a')) t(n, w)"), "text=/2 rows in/")
    page.get_by_role("grid", name="Result").get_by_role("button", name=re.compile("^n")).click()
    visit.until("/sort=-1/.test(location.search)")
    other = opened_by_another(browser, page, "text=/2 rows in/")
    assert other.locator(".grid-row").first.inner_text().split() == ["2", "a"]
    other.context.close()


def test_a_chart_somebody_wrote(visit: Any, browser: Any) -> None:
    page = visit.go("/p/churn/charts?kind=builder", ".vega-host canvas")
    written = '{"mark": "tick", "encoding": {"x": {"field": "metric_accuracy_score", "type": "quantitative"}}}'
    page.get_by_label("Vega-Lite specification").fill(written)
    visit.until("/spec=/.test(location.search)")
    assert unquote(page.url.replace("+", " ")).endswith("spec=" + written.replace(": ", ":").replace(", ", ","))
    other = opened_by_another(browser, page, ".vega-host canvas")
    assert '"mark": "tick"' in other.get_by_label("Vega-Lite specification").input_value()
    other.get_by_label("Mark", exact=True).select_option("bar")
    other.wait_for_selector("textarea:has-text('bar')")
    assert "spec=" not in other.url and "mark=bar" in other.url
    other.context.close()
