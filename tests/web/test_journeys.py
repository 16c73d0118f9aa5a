"""One journey through each view, as a person would make it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

HOSTILE = '<img src=x onerror="window.attacked=1">'


def table(visit: Any, of: str = "models", project: str = "churn") -> Any:
    return visit.get(f"/{of}/table?project={quote(project)}")


def ids(visit: Any, of: str = "models", project: str = "churn") -> list[str]:
    return table(visit, of, project)["ids"]


def rows_shown(page: Any) -> int:
    """How many rows the table says it has."""
    return int(page.locator("[role=grid]").first.get_attribute("aria-rowcount")) - 1


def test_projects_lead_to_the_best_models(visit: Any) -> None:
    page = visit.go("/", ".project-card")
    assert {"churn", "prices"} <= set(page.locator(".project-card h2").all_inner_texts())
    page.get_by_label("Search projects").fill("chu")
    visit.until("document.querySelectorAll('.project-card').length === 1")
    assert page.locator("mark").inner_text() == "chu"
    assert "q=chu" in page.url
    page.get_by_role("link", name="churn").first.click()
    page.wait_for_selector(".grid-row")
    values = [float(text) for text in page.locator(".grid-row .cell:has(.bar) .t").all_inner_texts()]
    assert len(values) == 9 and values == sorted(values, reverse=True), "the first screen is sorted by the best metric"
    page.wait_for_selector(".strip canvas")
    assert page.get_by_text("What goes with").count() == 1
    headings = page.locator("[role=columnheader]").all_inner_texts()
    assert any("linear__C" in heading for heading in headings), "what varies is shown without asking"


def test_a_click_on_a_value_filters_and_the_address_restores_it(visit: Any) -> None:
    page = visit.go("/p/churn", ".grid-row")
    page.locator(".grid-row .t", has_text="RandomForestClassifier").first.click()
    page.get_by_role("menuitem", name=re.compile("^Only type")).click()
    page.wait_for_selector(".chip:has-text(\"type = 'RandomForestClassifier'\")")
    visit.until("document.querySelector('[role=grid]').ariaRowCount === '4'")
    page.reload()
    page.wait_for_selector(".grid-row")
    assert rows_shown(page) == 3
    page.get_by_role("button", name=re.compile("^Remove the filter")).click()
    visit.until("document.querySelector('[role=grid]').ariaRowCount === '10'")
    page.get_by_label("Filter", exact=True).fill("metric.accuracy_score >> 1")
    page.keyboard.press("Enter")
    page.wait_for_selector("#filter-error")
    assert "character" in page.locator("#filter-error").inner_text()


def test_a_cell_tells_its_value_in_full_under_the_pointer(visit: Any) -> None:
    page = visit.go("/p/churn", ".grid-row")
    answer = table(visit)
    best = max(
        row[[column["key"] for column in answer["columns"]].index(answer["main_metric"])] for row in answer["rows"]
    )
    cell = page.locator(".grid-row .cell:has(.bar)").first
    assert cell.get_attribute("title") is None
    cell.hover()
    assert float(cell.get_attribute("title")) == best
    assert len(cell.get_attribute("title")) > len(cell.inner_text())
    page.locator(".grid-head").get_by_role("button", name=re.compile(f"^{answer['main_metric'][7:]}")).press("Enter")
    visit.until(f"document.querySelector('.grid-row .cell:has(.bar)').title !== '{best}'")
    assert cell.get_attribute("title").startswith(cell.inner_text()[:4]), "other rows under a pointer at rest"


def test_keys_reach_the_table_and_the_page_without_a_click(visit: Any) -> None:
    page = visit.go("/p/churn", ".grid-row")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#row-1.active")
    page.keyboard.press("/")
    page.keyboard.type("'forest'")
    for _ in range(3):
        page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#row-2.active")
    page.keyboard.press("Control+a")
    page.wait_for_selector(".statusbar :text('9 models selected')")
    page = visit.go(f"/models/{ids(visit)[0]}", ".confusion")
    page.keyboard.press("PageDown")
    visit.until("document.querySelector('.page').scrollTop > 0")
    page.keyboard.press("Control+k")
    page.keyboard.type("logistic")
    page.wait_for_selector("[role=option]:has-text('StandardScaler → LogisticRegression')")


def test_going_back_finds_the_table_where_it_was_left(visit: Any) -> None:
    visit.page.set_viewport_size({"width": 1280, "height": 300})
    page = visit.go("/p/churn?strip=off", ".grid-row")
    page.locator("[role=grid]").evaluate("grid => new Promise(done => { grid.onscroll = done; grid.scrollTo(0, 60); })")
    page.locator("#row-4 a").first.evaluate("link => link.click()")
    page.wait_for_selector(".confusion")
    page.locator(".page").evaluate("place => place.scrollTo(0, 200)")
    page.go_back()
    visit.until("document.querySelector('.grid')?.scrollTop === 60")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#row-3.active")
    page.go_forward()
    visit.until("document.querySelector('.main .page')?.scrollTop === 200")
    page = visit.go("/p/churn?group=type", ".grid-row")
    assert any(text.startswith("mean ") for text in page.locator("[role=columnheader]").all_inner_texts())


def test_rows_that_are_not_loaded_are_selected_too(visit: Any) -> None:
    page = visit.go("/p/churn", ".grid-row")
    page.locator(".grid-row .tick").first.click()
    page.get_by_role("button", name="Select all 9").click()
    page.wait_for_selector(".statusbar :text('9 models selected')")
    assert sorted(part for part in re.findall(r"sel=([^&]+)", page.url)) == sorted(ids(visit))
    assert page.get_by_role("button", name=re.compile("^Select all")).count() == 0


def test_the_table_works_by_keyboard_up_to_the_comparison(visit: Any) -> None:
    page = visit.go("/p/churn", ".grid-row")
    page.locator("[role=grid]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_selector("text=2 models selected")
    assert page.url.count("sel=") == 2
    page.keyboard.press("c")
    page.wait_for_selector("text=Hyperparameters")
    assert page.url.count("id=m-") == 2


def test_columns_groups_and_saved_views(visit: Any) -> None:
    page = visit.go("/p/churn", ".grid-row")
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Search columns").fill("max_depth")
    page.get_by_role("checkbox", name=re.compile("max_depth")).first.click()
    page.keyboard.press("Escape")
    visit.until("/col=/.test(location.search)")
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_label("Add a column to group by").select_option("type")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=2 groups")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of the view").fill("by type")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".option:has-text('by type')")
    page.goto(visit.base + "/p/churn")
    page.wait_for_selector(".grid-row")
    page.get_by_role("button", name="Views").click()
    page.locator(".option", has_text="by type").click()
    page.wait_for_selector("text=2 groups")
    page.locator(".grid-row").first.dblclick()
    page.wait_for_selector(".chips .chip")
    assert "group=" not in page.url


def test_tags_notes_and_hiding_are_written_from_the_page(visit: Any) -> None:
    page = visit.go("/p/churn", ".grid-row")
    for _ in range(2):
        page.locator("[role=grid]").focus()
        page.keyboard.press("ArrowDown")
    page.locator(".grid-row .cell.check").nth(0).click()
    page.locator(".grid-row .cell.check").nth(1).click()
    page.get_by_role("button", name="Tag…").click()
    page.get_by_label("Key").fill("stage")
    page.get_by_label("Value").fill("candidate")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector("text=2 models tagged")
    tagged = visit.get("/models/table?project=churn&columns=tag.stage&filter=" + quote("tag.stage = 'candidate'"))
    assert tagged["total"] == 2
    page.goto(visit.base + "/p/churn?col=name&col=tag.stage&filter=" + quote("tag.stage is not null"))
    page.locator(".grid-row .t", has_text="candidate").first.click()
    page.get_by_label("Tag stage").fill("production")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".grid-row .t:has-text('production')")
    page.locator(".grid-row .cell.check").nth(0).click()
    page.get_by_role("button", name="Hide", exact=True).click()
    page.wait_for_selector("text=1 hidden: show")
    page.get_by_text("1 hidden: show").click()
    visit.until("document.querySelector('[role=grid]').ariaRowCount === '3'")
    page.locator(".grid-row .cell.check").nth(0).click()
    page.locator(".grid-row .cell.check").nth(1).click()
    page.get_by_role("button", name="Unhide").click()
    page.wait_for_selector("text=shown again")


def test_runs_have_their_table_and_page(visit: Any) -> None:
    page = visit.go("/p/churn/runs", ".grid-row")
    assert rows_shown(page) == 9
    page.locator(".grid-row a", has_text="linear 0").first.click()
    page.wait_for_selector(".actions-tree")
    page.get_by_role("button", name="Unfold all").click()
    assert page.locator(".actions-tree tbody tr").count() > 6
    page.wait_for_selector("h3:has-text('loss')")


@pytest.mark.parametrize("kind", ["time", "scatter", "parallel", "grouped", "matters"])
def test_charts_draw_and_export(visit: Any, kind: str, tmp_path: Path) -> None:
    page = visit.go(f"/p/churn/charts?kind={kind}", ".figure canvas, .influences")
    visit.until(
        "[...document.querySelectorAll('.figure canvas')].some(canvas => canvas.width > 100 && "
        "canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0))"
    )
    page.locator(".figure").first.hover()
    page.get_by_label("Export this chart").first.click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="SVG image").click()
    text = Path(download.value.path()).read_text()
    assert text.startswith("<svg") and "<script" not in text


def test_brushing_the_parallel_coordinates_filters_the_rows_below(visit: Any) -> None:
    page = visit.go("/p/churn/charts?kind=parallel", ".figure canvas")
    box = page.locator(".figure .surface").first.bounding_box()
    x = box["x"] + box["width"] - 60
    page.mouse.move(x, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(x, box["y"] + box["height"] / 2, steps=5)
    page.mouse.up()
    page.get_by_role("button", name="Keep only these").click()
    page.wait_for_selector(".chip:has-text('between')")
    visit.until("Number(document.querySelector('[role=grid]').ariaRowCount) < 10")


def test_curves_smooth_and_group(visit: Any) -> None:
    page = visit.go("/p/churn/charts?kind=curves", ".chart-grid canvas")
    page.get_by_text("6 curves").first.wait_for()
    page.get_by_label("Smoothing").fill("0.6")
    page.get_by_role("button", name="Mean and range").click()
    page.get_by_role("button", name="log y").click()
    page.wait_for_selector("text=1 group")
    assert "smooth=0.6" in page.url and "cg=mean" in page.url and "ly=on" in page.url


def test_the_builder_draws_what_is_written(visit: Any) -> None:
    page = visit.go("/p/churn/charts?kind=builder", ".vega-host canvas")
    page.get_by_label("Mark", exact=True).select_option("bar")
    page.wait_for_selector(".vega-host canvas")
    page.get_by_label("Vega-Lite specification").fill("{not json")
    page.wait_for_selector(".problem")
    page.get_by_label("Vega-Lite specification").fill(
        '{"mark": "tick", "transform": [{"calculate": "datum.metric_accuracy_score * 2", "as": "z"}], '
        '"encoding": {"x": {"field": "z", "type": "quantitative"}}}'
    )
    page.wait_for_selector(".vega-host canvas")
    assert page.locator(".problem").count() == 0, "expressions work without evaluating code"


def test_a_model_page_says_what_how_good_and_from_what(visit: Any) -> None:
    best = ids(visit)[0]
    page = visit.go(f"/models/{best}", "text=Evaluation")
    page.wait_for_selector(".confusion")
    page.wait_for_selector("h3:has-text('ROC')")
    assert page.get_by_text("n_estimators").count() > 0
    features = visit.get(f"/models/{best}")["features"]
    assert page.locator(".bars tr").count() == min(15, sum(one["importance"] is not None for one in features))
    page.get_by_role("button", name="Note").click()
    page.get_by_placeholder("What should others know?").fill("good on <b>most</b> rows")
    page.get_by_role("button", name="Add note").click()
    page.wait_for_selector(".note:has-text('good on <b>most</b> rows')")
    page.get_by_role("button", name="Copy as").first.click()
    page.get_by_role("menuitem", name="Open in the SQL console").click()
    page.wait_for_selector("text=/\\d+ rows? in/")


def test_the_pipeline_unfolds_and_traces_a_column(visit: Any) -> None:
    pipeline = visit.get("/models/table?project=churn&filter=" + quote("type = 'Pipeline'"))["ids"][0]
    trained_on = visit.get(f"/models/{pipeline}")["trained_on"]["dataset_id"]
    page = visit.go(f"/models/{pipeline}/pipeline", ".gnode")
    before = page.locator(".gnode").count()
    page.get_by_role("button", name="Unfold all").click()
    visit.until(f"document.querySelectorAll('.gnode').length > {before}")
    page.locator(".gnode[aria-description=dataset]").first.dispatch_event("click")
    visit.until("document.querySelector('.drawer')")
    page = visit.go(f"/models/{pipeline}/pipeline?node={trained_on}", ".drawer table")
    page.wait_for_selector(".drawer svg[aria-label^='Histogram of tenure']")
    page.locator(".drawer").get_by_role("button", name="tenure").first.click()
    page.wait_for_selector("text=Comes from")
    assert "column=tenure" in page.url
    page.reload()
    page.wait_for_selector("text=Comes from")


def test_comparison_lights_the_differences_and_the_flips(visit: Any) -> None:
    first, *_, last = ids(visit)
    page = visit.go(f"/compare?id={first}&id={last}", "td.best")
    page.wait_for_selector("text=Examples they disagree on")
    assert page.locator("tr.lit").count() > 0
    page.get_by_role("button", name="Swap").click()
    visit.until(f"location.search.startsWith('?id={last}')")
    page.get_by_role("button", name="Add a model").click()
    page.keyboard.type("forest")
    page.locator(".pop .option", has_text="RandomForestClassifier").first.click()
    visit.until("document.querySelectorAll('thead th a').length === 3 && location.search.split('id=m-').length === 4")
    page.go_back()
    visit.until("document.querySelectorAll('thead th a').length === 2")
    page.get_by_role("link", name=re.compile(r"^All \d+$")).click()
    page.wait_for_selector("table.examples")
    assert "show=disagree" in page.url


def test_six_questions_are_answered_in_a_few_clicks(visit: Any) -> None:
    best, second, *_ = ids(visit)
    # Which model is the best of the project? No click: its card says so.
    page = visit.go("/", ".project-card")
    card = page.locator(".project-card", has_text="churn")
    assert card.locator(".best-model a").get_attribute("href") == f"/models/{best}"
    # Which hyperparameters matter? One click: into the project.
    card.get_by_role("link", name="churn").first.click()
    page.wait_for_selector(".influences tr")
    assert "linear__C" in page.locator(".strip .influences").inner_text()
    # Why does it beat the second? One more.
    page.get_by_role("link", name="Compare the best two").click()
    page.wait_for_selector("text=In short")
    assert f"id={best}" in page.url and f"id={second}" in page.url
    told = page.locator(".card:has-text('In short')").inner_text()
    assert "has the better" in told and "instead of" in told and "Trained on the same data" in told
    # Which examples do both get wrong? One more.
    wrong = page.locator("dd", has_text="both are wrong on").get_by_role("link").last
    expected = int(wrong.inner_text())
    wrong.click()
    page.wait_for_selector("table.examples .wrong")
    assert page.locator("table.examples .ok").count() == 0
    assert f"{expected} examples" in page.locator(".statusbar").inner_text()
    # Which pipeline made it? From its card: the model, then its pipeline.
    page = visit.go("/", ".project-card")
    page.locator(".project-card", has_text="churn").locator(".best-model a").click()
    page.get_by_role("link", name="Pipeline", exact=True).click()
    page.wait_for_selector(".gnode.focus")
    # A question of one's own in SQL, starting from the table.
    page = visit.go("/p/churn", ".grid-row")
    page.get_by_role("button", name="Copy as").click()
    page.get_by_role("menuitem", name="Open in the SQL console").click()
    page.wait_for_selector("text=/9 rows in/")


def test_examples_below_the_fold_are_drawn_when_somebody_scrolls(visit: Any) -> None:
    page = visit.go("/p/churn/examples", "table.examples")
    widths = "[...document.querySelectorAll('table.examples th')].map((th) => th.offsetWidth).join()"
    before = page.evaluate(widths)
    assert page.locator("table.examples tbody button").count() < 50
    page.get_by_role("region", name="Examples").evaluate("(region) => region.scrollTo(0, region.scrollHeight)")
    visit.until("document.querySelectorAll('table.examples tbody button').length === 50")
    assert page.evaluate(widths) == before, "the columns stay where they are"


def test_a_cell_of_the_confusion_matrix_shows_its_examples(visit: Any) -> None:
    page = visit.go(f"/models/{ids(visit)[0]}", ".confusion")
    cell = page.locator(".confusion tbody tr").nth(0).locator("td a").nth(1)
    count = int(cell.inner_text())
    cell.click()
    page.wait_for_selector("table.examples .wrong")
    assert "label=0" in page.url and "prediction=1" in page.url
    assert f"{count} example" in page.locator(".statusbar").inner_text()
    page.get_by_role("button", name="All labels and predictions").click()
    page.wait_for_selector("table.examples .ok")


def test_similar_models_are_asked_for_when_they_come_into_view(visit: Any) -> None:
    model = visit.get("/models/table?project=churn&filter=" + quote("type = 'Pipeline'"))["ids"][0]
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url) if "/similar" in request.url else None)
    page = visit.go(f"/models/{model}", ".confusion")
    page.wait_for_selector("h2:text-is('Similar models')")
    page.wait_for_timeout(300)
    assert asked == [], "nobody has looked at them"
    card = page.locator("section.card", has=page.get_by_role("heading", name="Similar models"))
    card.scroll_into_view_if_needed()
    card.locator("tbody tr").first.wait_for()
    nearest = visit.get(f"/models/{model}/similar")["models"]
    assert card.locator("tbody tr").count() == len(nearest) == 5
    assert card.locator("tbody a").first.get_attribute("href") == f"/models/{nearest[0]['model']['model_id']}"
    assert "linear__C" in card.locator("tbody").inner_text()
    card.get_by_role("button", name="predictions", exact=True).click()
    card.get_by_text("examples alike").first.wait_for()
    assert "by=predictions" in page.url and card.locator("tbody tr").count() == 8, "forests, too"
    card.get_by_role("button", name="Copy as").click()
    assert page.get_by_role("menuitem", name="Copy as Python").count() == 1
    assert page.get_by_role("menuitem", name="Copy as SQL").count() == 0, "this comparison is no statement"
    page.keyboard.press("Escape")
    card.get_by_role("link", name="compare").first.click()
    page.wait_for_selector("text=In short")


def test_a_point_of_the_residuals_opens_its_example(visit: Any) -> None:
    model = ids(visit, project="prices")[0]
    page = visit.go(f"/models/{model}", "h3:has-text('Furthest off')")
    residuals = visit.get(f"/models/{model}/evaluation")["residuals"]
    errors = {
        row: abs(p - a) for row, a, p in zip(*(residuals[key] for key in ("row", "actual", "predicted")), strict=True)
    }
    worst = sorted(errors, key=errors.get, reverse=True)
    listed = page.locator("figure:has(h3:text-is('Furthest off')) tbody a").all_inner_texts()
    assert listed == [str(row) for row in worst[:8]]
    plot = page.locator("figure:has(h3:text-is('Residuals')) .surface")
    plot.focus()
    page.keyboard.press("ArrowRight")
    lowest = residuals["row"][min(range(len(errors)), key=residuals["predicted"].__getitem__)]
    page.wait_for_selector(f".tip b:text-is('Example {lowest}')")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".drawer h2:text-is('Example {lowest}')")
    page.wait_for_selector("table.examples tr.lit")
    assert page.locator("table.examples tr.lit td").first.inner_text() == str(lowest)
    page.go_back()
    plot.hover(position={"x": 300, "y": 130})
    title = page.locator(".tip b").inner_text()
    plot.click(position={"x": 300, "y": 130})
    page.wait_for_selector(f".drawer h2:text-is('{title}')")


def test_of_several_outputs_one_is_chosen(visit: Any) -> None:
    model = ids(visit, project="sizes")[0]
    page = visit.go(f"/models/{model}", "h3:has-text('Furthest off')")

    def mae() -> str:
        return page.locator(".stat:has(span:text-is('MAE')) b").inner_text()

    first = mae()
    page.get_by_label("output").select_option("1")
    visit.until(f"[...document.querySelectorAll('.stat')].every(one => one.innerText !== '{first}\\nMAE')")
    assert "output=1" in page.url and mae() != first
    page.reload()
    page.wait_for_selector("h3:has-text('Furthest off')")
    assert page.get_by_label("output").input_value() == "1" and mae() != first
    page.locator("figure:has(h3:text-is('Furthest off')) tbody a").first.click()
    page.wait_for_selector("table.examples tr.lit")
    assert page.get_by_label("output").input_value() == "1", "the examples are about the same output"
    label = page.locator("table.examples tr.lit td").nth(1).inner_text()
    page.get_by_label("output").select_option("0")
    visit.until(f"document.querySelector('table.examples tr.lit td:nth-child(2)').innerText !== '{label}'")
    assert "output" not in page.url


def test_models_with_several_outputs_are_compared_on_one_of_them(visit: Any) -> None:
    pair = "&".join(f"id={id}" for id in ids(visit, project="sizes"))
    page = visit.go(f"/compare?{pair}", "h2:has-text('Examples they are furthest apart on')")
    card = page.locator("section:has(h2:has-text('furthest apart on'))")

    def labels() -> list[str]:
        return card.locator("tbody td:nth-child(2)").all_inner_texts()

    first = labels()
    card.get_by_label("output").select_option("1")
    row = "section:has(select[aria-label=output]) tbody tr td:nth-child(2)"
    visit.until(f"document.querySelector('{row}').innerText !== '{first[0]}'")
    assert "output=1" in page.url and "output 1" in page.locator(".verdict").inner_text()
    card.get_by_role("link", name="All, the worst first").click()
    page.wait_for_selector("table.examples")
    assert page.get_by_label("output").input_value() == "1", "the examples are about the same output"


def test_pipelines_are_told_apart_by_what_they_are_made_of(visit: Any) -> None:
    page = visit.go("/p/churn?filter=" + quote("type = 'Pipeline'"), ".grid-row")
    row = page.locator(".grid-row").first
    assert row.locator("a").first.inner_text() == "LogisticRegression"
    assert "StandardScaler → LogisticRegression" in row.inner_text()
    row.locator("a").first.click()
    page.wait_for_selector("h1:has-text('LogisticRegression')")
    names = page.locator("section.card:has(h2:text-is('Hyperparameters')) table").first.locator("th")
    assert {"linear", "C", "scale"} <= set(names.all_inner_texts()), "below its step a name is short"


def test_a_value_of_the_table_leads_to_its_run_and_to_notes(visit: Any) -> None:
    page = visit.go("/p/churn?col=name&col=run&col=note", ".grid-row")
    page.locator(".grid-row .t", has_text="forest 1").click()
    page.get_by_role("menuitem", name="Select the row").click()
    page.wait_for_selector("text=1 model selected")
    page.keyboard.press("Escape")
    page.locator(".grid-row", has_text="forest 1").locator(".cell[data-col='2'] .t").click()
    page.get_by_placeholder("What should others know?").fill("look at this one")
    page.get_by_role("button", name="Add note").click()
    page.wait_for_selector(".grid-row .t:has-text('look at this one')")
    page.locator(".grid-row .t", has_text="forest 1").click()
    page.get_by_role("menuitem", name="Open the run").click()
    page.wait_for_selector("h1:has-text('forest 1')")
    assert page.locator(".rail [aria-current]", has_text="Runs").count() == 1
    assert page.locator(".rail [aria-disabled=true]").count() == 0, "nothing is offered that does not work"


def test_nobody_is_wrong_in_a_regression(visit: Any) -> None:
    model = ids(visit, project="prices")[0]
    dataset = visit.get(f"/models/{model}/evaluation")["dataset_id"]
    page = visit.go(f"/p/prices/examples?dataset={dataset}&model={model}&order=worst", "table.examples")
    assert page.locator(".pred.wrong").count() == 0
    assert page.get_by_role("group", name="Which examples").count() == 0
    errors = [abs(float(text.replace("−", "-"))) for text in page.locator(".pred .small").all_inner_texts()[:20]]
    assert errors == sorted(errors, reverse=True) and errors[0] > errors[-1]


def test_a_pipeline_is_laid_out_in_the_chosen_direction(visit: Any) -> None:
    page = visit.go(f"/models/{ids(visit)[0]}/pipeline?dir=down", ".gnode")

    def tall() -> bool:
        places = page.locator(".gnode").evaluate_all("nodes => nodes.map(node => node.getBoundingClientRect())")
        across, down = ([place[key] for place in places] for key in ("x", "y"))
        return max(down) - min(down) > max(across) - min(across)

    assert tall()
    page.get_by_role("button", name="Across").click()
    visit.until("/dir=right/.test(location.search)")
    for _ in range(100):
        if not tall():
            break
        page.wait_for_timeout(50)
    assert not tall()


def test_examples_filter_slice_and_tell_their_history(visit: Any) -> None:
    first, *_, last = ids(visit)
    dataset = visit.get(f"/models/{first}/evaluation")["dataset_id"]
    page = visit.go(f"/p/churn/examples?dataset={dataset}&model={first}&model={last}", "table.examples")
    page.get_by_role("button", name="A right, B wrong").click()
    page.wait_for_selector("table.examples .wrong")
    cells = page.locator("table.examples tbody tr").first.locator(".pred")
    assert "ok" in cells.nth(0).get_attribute("class") and "wrong" in cells.nth(1).get_attribute("class")
    page.get_by_label("Slice by").select_option("tenure")
    page.wait_for_selector(".drawer .meter i")
    page.locator("table.examples tbody tr").first.get_by_role("button").first.click()
    page.wait_for_selector("text=/9 predictions, \\d right/")


def test_data_shows_schema_rows_and_users(visit: Any) -> None:
    page = visit.go("/p/churn/data", ".table tbody tr")
    page.get_by_label("values kept").check()
    visit.until("/kept=1/.test(location.search)")
    dataset = visit.get(f"/models/{ids(visit)[0]}")["trained_on"]["dataset_id"]
    page = visit.go(f"/data/{dataset}", "text=tenure")
    page.wait_for_selector("svg[aria-label^='Histogram of tenure, ']")
    distributions = visit.get(f"/datasets/{dataset}/distributions")["columns"]
    assert page.locator("svg.hist").count() == sum(one["bins"] is not None for one in distributions) >= 6
    assert page.locator("svg.hist path").first.get_attribute("d").count("M") > 10, "a bar for every bin that holds any"
    page.get_by_role("tab", name=re.compile("Rows")).click()
    page.wait_for_selector("text=of 420")
    page.get_by_role("tab", name=re.compile("Models")).click()
    page.wait_for_selector("text=Trained on it (9)")


def test_a_question_in_sql_is_a_table_and_a_chart(visit: Any) -> None:
    page = visit.go("/sql", ".cm-content")
    page.wait_for_selector("text=/\\d+ rows in/")  # there is something to see before anything is asked
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("SELECT type, avg(value) AS mean FROM models JOIN metrics USING (model_id) GROUP BY type")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=/^[23] rows in/")
    assert "q=SELECT" in page.url
    page.get_by_role("button", name="Chart", exact=True).click()
    page.wait_for_selector(".vega-host canvas")
    page.get_by_role("button", name="Saved").click()
    page.get_by_label("Name of the query").fill("means")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_selector(".option:has-text('means')")
    page.goto(visit.base + "/sql?q=" + quote("SELECT nothing FROM models"))
    page.wait_for_selector(".problem")


def test_a_name_from_the_list_goes_where_the_cursor_is(visit: Any) -> None:
    page = visit.go("/sql?q=" + quote("SELECT name FROM models"), ".cm-content")
    page.wait_for_selector("text=/\\d+ rows in/")
    views = page.get_by_label("Views and examples")
    views.locator("summary", has_text=re.compile("^models$")).click()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    for _ in range(len("SELECT ")):
        page.keyboard.press("ArrowRight")
    for _ in range(len("name")):
        page.keyboard.press("Shift+ArrowRight")
    views.get_by_role("button", name=re.compile(r"^role\b")).first.click()
    page.keyboard.type(", type")
    assert page.locator(".cm-content").inner_text() == "SELECT role, type FROM models"
    page.keyboard.press("Control+End")
    page.keyboard.type(" JOIN")
    views.locator(".view", has=page.locator("summary", has_text=re.compile("^metrics$"))).hover()
    views.get_by_role("button", name="Insert metrics", exact=True).click()
    assert page.locator(".cm-content").inner_text() == "SELECT role, type FROM models JOIN metrics"


def test_what_is_not_there_is_said(visit: Any) -> None:
    page = visit.go("/models/m-0000000000000000", "text=Not found")
    page.get_by_role("link", name="All projects").wait_for()
    page = visit.go("/nowhere", "text=There is no page at this address")
    page.get_by_role("link", name="All projects").click()
    page.wait_for_selector(".project-card")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Find").fill("forest")
    page.wait_for_selector("[role=option]:has-text('forest')")


def test_names_tags_notes_and_columns_stay_text(visit: Any) -> None:
    """`Visit.check` fails when one of them came to life."""
    page = visit.go("/p/prices/runs", ".grid-row")
    assert page.get_by_text(HOSTILE).count() > 0
    page.goto(visit.base + "/p/prices/runs?col=name&col=" + quote(f"tag.{HOSTILE}"))
    page.wait_for_selector(".grid-row")
    run = ids(visit, "runs", "prices")[0]
    page = visit.go(f"/runs/{run}", ".note")
    model = ids(visit, "models", "prices")[0]
    page = visit.go(f"/models/{model}", "text=About")
    page = visit.go(f"/models/{model}/pipeline", ".gnode")
    first = ids(visit)[0]
    page = visit.go(f"/models/{first}", ".confusion")
    dataset = visit.get(f"/models/{first}")["trained_on"]["dataset_id"]
    page = visit.go(f"/data/{dataset}?tab=rows", "table")
    column = HOSTILE.replace('"', '""')
    statement = f"SELECT '{HOSTILE}' AS \"{column}\", 1"
    page = visit.go("/sql?as=chart&q=" + quote(statement), ".vega-host canvas")
    page = visit.go(f"/p/churn/examples?row=1&slice={quote(HOSTILE)}", "main")
    page.wait_for_timeout(300)


def test_a_page_reads_on_a_phone(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = context.new_page()
    base = address.partition("/#")[0]
    page.goto(address)
    for path, wait_for in (("/", ".project-card"), ("/p/churn", ".grid-row"), ("/p/churn/charts", "canvas")):
        page.goto(base + path)
        page.wait_for_selector(wait_for)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), (
            f"{path} is wider than the phone"
        )
    page.goto(f"{base}/p/churn/charts?kind=builder")
    page.wait_for_selector(".vega-host canvas")
    drawn, there = (page.locator(what).bounding_box() for what in (".vega-host canvas", ".vega-host"))
    assert drawn["width"] > 0.9 * there["width"]
    page.goto(f"{base}/p/churn/charts?kind=parallel&axis=type&axis=created_at&axis=status&axis=run")
    page.wait_for_selector("canvas")
    assert page.locator("main .figure").bounding_box()["width"] > 390, "axes keep their distance"
    assert page.locator("[aria-label='Rows of the chart']").first.bounding_box()["height"] > 200
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="SQL console").click()
    page.wait_for_selector(".cm-content")
    context.close()
