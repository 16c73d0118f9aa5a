"""Who is answered: hosts, origins, tokens, headers, and text that would like to be markup."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from modeldb.core.actions import (
    Action,
    Annotated,
    ColumnSeen,
    DatasetSeen,
    FileSeen,
    Input,
    MetricSeen,
    ModelMade,
    Output,
    RunDescribed,
    RunStarted,
    Value,
)
from modeldb.core.ids import new_action_id
from modeldb.database import Database
from modeldb.server.http.opening import serving
from modeldb.server.http.state import State
from modeldb.testing.synthetic import fill

from .conftest import BASE, CHANGING, TOKEN, client_of

CHANGE = {"changes": [{"targets": ["m-none"], "kind": "tag", "key": "a", "value": "b"}]}


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8265", "127.0.0.1", "127.0.0.1:80", "localhost.evil:8265", ""]
)
def test_an_unknown_host_is_refused(client: TestClient, host: str) -> None:
    for path in ("/api/v1/projects", "/", "/api/v1/openapi.json"):
        answer = client.get(path, headers={"host": host})
        assert answer.status_code == 403 and answer.json()["error"]["code"] == "unknown_host"


@pytest.mark.parametrize("host", ["127.0.0.1:8265", "localhost:8265", "LOCALHOST:8265", "[::1]:8265"])
def test_the_names_of_this_machine_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/projects", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1"])
def test_another_origin_is_refused_even_with_the_token(client: TestClient, origin: str) -> None:
    assert client.get("/api/v1/projects", headers={"origin": origin, **CHANGING}).status_code == 403
    answer = client.post("/api/v1/annotations", json=CHANGE, headers={"origin": origin, **CHANGING})
    assert answer.status_code == 403 and "access-control-allow-origin" not in answer.headers


def test_ones_own_origin_is_answered(client: TestClient) -> None:
    assert client.get("/api/v1/projects", headers={"origin": BASE}).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_the_request_is_from_elsewhere_is_refused(client: TestClient, site: str) -> None:
    assert client.get("/api/v1/projects", headers={"sec-fetch-site": site}).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": site}).status_code == 503  # a link may lead to the pages


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/annotations", CHANGE), ("PUT", "/saved/view/x", {"value": 1}), ("DELETE", "/saved/view/x", None),
     ("PATCH", "/projects", {}), ("POST", "/projects", {})],
)  # fmt: skip
def test_changes_need_the_token(client: TestClient, method: str, path: str, body: Any) -> None:
    for headers in ({}, {"x-modeldb-token": "wrong"}, {"authorization": "Bearer wrong"}, {"authorization": TOKEN}):
        answer = client.request(method, "/api/v1" + path, json=body, headers=headers)
        assert answer.status_code == 401 and answer.json()["error"]["code"] == "token_needed"
    for headers in (CHANGING, {"authorization": f"Bearer {TOKEN}"}):
        assert client.request(method, "/api/v1" + path, json=body, headers=headers).status_code in (200, 404, 405)


def test_a_token_in_the_query_counts_for_event_streams_only(client: TestClient) -> None:
    answer = client.put("/api/v1/saved/view/x", params={"token": TOKEN}, json={"value": 1})
    assert answer.status_code == 401


def test_reading_needs_the_token_where_others_can_reach_the_server(shared_state: State) -> None:
    with client_of(shared_state, hosts=None, protect_reads=True) as client:
        for path in ("/projects", "/openapi.json", "/events"):
            assert client.get("/api/v1" + path, headers={"host": "modeldb.lan"}).status_code == 401
        assert client.get("/api/v1/projects", headers=CHANGING | {"host": "modeldb.lan"}).status_code == 200
        assert client.get("/api/v1/healthz").status_code == 200
        assert client.post("/api/v1/query", json={"sql": "SELECT 1"}).status_code == 401


def test_a_form_of_another_page_cannot_ask(client: TestClient) -> None:
    text = '{"sql": "SELECT 1"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert client.post("/api/v1/query", content=text, headers={"content-type": kind}).status_code == 415


@pytest.mark.parametrize("path", ["/", "/api/v1/projects", "/api/v1/nothing", "/assets/x.js", "/api/v1/models/m-none"])
def test_every_answer_is_protected(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "*" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/../pyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "/assets/%00", "//etc/passwd"],
)
def test_no_file_outside_the_pages_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 503) and "root:" not in answer.text


NASTY = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "'; DROP TABLE models; --", "javascript:alert(1)",
    "{{7*7}}", "${7*7}", "\u202egnp.exe", "</title><svg onload=alert(1)>", "a\nb\tc", "🙈", "%00 ../../x", "`id`",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_text_stays_data_wherever_it_stands(own_db: Database, text: str) -> None:
    run, model, dataset = "r-aaaaaaaaaaaaaaaa", "m-aaaaaaaaaaaaaaaa", "d-" + "a" * 32
    started = RunStarted(run, 1.9e9, text, text, text, text, text, 1, [text], text, text, text)
    seen = DatasetSeen(dataset, "a" * 32, text, text, text, 3, [ColumnSeen(text, "string", "b" * 32)])
    made = ModelMade(model, text, text, text, text, text, text, train_dataset_id=dataset,
                     hyperparameters=[Value(text, text, "str")])  # fmt: skip
    fit = Action(
        new_action_id(), run, 0, None, 0, "fit", text, text, "ok", 1.9e9, 1.0, [Value(text, text, "str")],
        [Input("X", dataset, "dataset", columns=[text])], [Output(text, model, "model")], text, text, 1,
        datasets=[seen], files=[FileSeen("f-" + "c" * 32, text, 1, "c" * 32)], models=[made],
        metrics=[MetricSeen(text, 0.5, model, dataset, label=text)],
    )  # fmt: skip
    notes = [Annotated(model, "tag", text, text, text, 1.9e9), Annotated(model, "note", "n", text, text, 1.9e9)]
    described = RunDescribed(run, text, text, True, "env", {text: text})
    fill(own_db.catalog, [[started, described, fit, *notes]], "nasty")
    with serving(own_db) as state, client_of(state) as client:

        def get(path: str, **params: Any) -> Any:
            answer = client.get("/api/v1" + path, params=params)
            assert answer.status_code == 200, (path, answer.text)
            assert answer.headers["content-type"] == "application/json"
            return answer.json()

        detail = get(f"/models/{model}")
        assert (detail["name"], detail["type"], detail["project"], detail["run"]["user"]) == (text,) * 4
        assert detail["parameters"][0]["name"] == detail["parameters"][0]["value"] == text
        assert {note["value"] for note in detail["annotations"]} == {text}
        assert text in [project["name"] for project in get("/projects")["projects"]]
        assert get(f"/projects/{get(f'/runs/{run}')['project_id']}")["project"]["name"] == text
        page = get("/models/table", project=text, filter=f"name = '{text.replace(chr(39), chr(39) * 2)}'")
        assert page["ids"] == [model]
        keys = {column["key"] for column in get("/models/columns", project=text)["columns"]}
        assert {f"param.{text}", f"tag.{text}", f"metric.{text}[{text}]"} <= keys
        group = get("/models/table", project=text, group=f"param.{text}")
        assert get("/models/table", project=text, filter=group["group_filters"][0])["ids"] == [model]
        asked = client.post("/api/v1/query", json={"sql": page["sql"]})
        assert asked.status_code == 200 and asked.json()["rows"][0][0] == model
        assert get(f"/datasets/{dataset}")["columns"][0]["name"] == text
        assert get("/columns/trace", dataset=dataset, column=text)["column"] == text
        for path in (f"/models/{model}/pipeline", f"/runs/{run}/pipeline", f"/runs/{run}/actions"):
            assert text in str(get(path).values()) or repr(text)[1:-1] in str(get(path))
        saved = client.put("/api/v1/saved/view/x", json={"value": {text: text}}, headers=CHANGING)
        assert saved.json()["value"] == {text: text} == get("/saved/view/x")["value"]
