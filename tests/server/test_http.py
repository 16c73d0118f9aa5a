"""Every endpoint on a real store: what it answers, caching, compression, errors, pages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard
from starlette.requests import Request
from starlette.testclient import TestClient

from modeldb import errors
from modeldb.core.actions import Input, Metrics, RunStarted
from modeldb.core.ids import new_action_id
from modeldb.database import Database
from modeldb.server.http import schemas
from modeldb.server.http.errors import problem
from modeldb.server.http.opening import serving
from modeldb.server.http.state import State
from modeldb.server.http.static import Pages
from modeldb.testing.catalog import a_run, an_action
from modeldb.testing.synthetic import fill

from .conftest import CHANGING, client_of


def get(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get("/api/v1" + path, params=params)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


@pytest.fixture(scope="module")
def model_id(client: TestClient) -> str:
    page = get(client, "/models/table", filter="type = 'Pipeline'")
    return str(page["ids"][0])


@pytest.fixture(scope="module")
def dataset_id(client: TestClient) -> str:
    found = get(client, "/datasets", project="churn", q="churn.csv")["datasets"]
    return str(found[0]["dataset"]["dataset_id"])


def test_similar_models_are_those_the_database_finds(client: TestClient, shared_state: State, model_id: str) -> None:
    found = get(client, f"/models/{model_id}/similar", limit=3)
    expected = shared_state.similar(model_id, "hyperparameters", 3)
    assert [(one["model"]["model_id"], one["similarity"], one["compared"]) for one in found["models"]] == list(
        zip(*(expected.column(name) for name in ("model_id", "similarity", "compared")), strict=True)
    )
    assert len(found["models"]) == 3 and found["truncated"] and found["model_id"] == model_id
    shares = [one["similarity"] for one in found["models"]]
    assert shares == sorted(shares, reverse=True) and all(0 <= share <= 1 for share in shares)
    assert {row[0] for row in shared_state.sql(found["sql"])} >= {one["model"]["model_id"] for one in found["models"]}
    assert f'similar_models("{model_id}", by="hyperparameters", limit=3)' in found["python"]


@pytest.mark.parametrize(
    ("query", "status", "code", "words"),
    [
        ({"by": "predictions"}, 404, "not_found", "No predictions of"),
        ({"by": "parts"}, 404, "not_found", 'by="hyperparameters" needs no content'),
        ({"by": "colour"}, 400, "invalid_parameter", "by"),
        ({"limit": "0"}, 400, "invalid_parameter", "limit"),
        ({"limit": "101"}, 400, "invalid_parameter", "limit"),
    ],
)
def test_what_cannot_be_compared_is_said(
    client: TestClient, model_id: str, query: dict[str, str], status: int, code: str, words: str
) -> None:
    answer = client.get(f"/api/v1/models/{model_id}/similar", params=query)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code and words in answer.json()["error"]["message"]


def test_projects_are_cards(client: TestClient) -> None:
    cards = {card["name"]: card for card in get(client, "/projects")["projects"]}
    assert set(cards) == {"churn", "house-prices", "digits"}
    churn = cards["churn"]
    assert churn["n_models"] == sum(t["count"] for t in churn["model_types"]) <= churn["n_fits"]
    assert "Pipeline" not in {t["type"] for card in cards.values() for t in card["model_types"]}
    best = {metric["name"]: metric for metric in churn["metrics"]}
    assert best["accuracy_score"]["best"] == best["accuracy_score"]["max"]
    assert best["log_loss"]["best"] == best["log_loss"]["min"]
    model = get(client, f"/models/{best['log_loss']['best_model_id']}")
    assert best["log_loss"]["best"] in [m["value"] for m in model["metrics"] if m["name"] == "log_loss"]
    assert all(metric["best_model_id"] and metric["best_run_id"] for metric in churn["metrics"])
    assert [c["name"] for c in get(client, "/projects", q="HOUSE")["projects"]] == ["house-prices"]
    detail = get(client, "/projects/churn")
    assert detail["project"] == churn and detail["recent_runs"][0]["started_at"] == max(
        run["started_at"] for run in detail["recent_runs"]
    )


def test_a_model_says_everything(client: TestClient, model_id: str) -> None:
    model = get(client, f"/models/{model_id}")
    defaults = [p["is_default"] for p in model["parameters"]]
    assert len(defaults) == 20 and defaults == sorted(defaults)
    assert model["trained_on"]["name"] == "X_train"
    assert [judged["dataset"]["name"] for judged in model["judged"] if judged["dataset"]] == ["X_test"]
    assert [child["role"] for child in model["children"]] == ["step"]
    assert model["environment"]["details"]["packages"]["pandas"] == "2.3.1" and model["operation"].endswith(".fit")
    strengths = [abs(f["importance"] or f["coefficient"]) for f in model["features"]]
    assert len(strengths) == 10 and strengths == sorted(strengths, reverse=True)
    step = get(client, f"/models/{model['children'][0]['model_id']}")
    assert step["parent"]["model_id"] == model_id
    assert model["siblings"] and model_id not in [m["model_id"] for m in model["siblings"]]


def test_a_run_says_everything(client: TestClient, model_id: str) -> None:
    run = get(client, f"/runs/{get(client, f'/models/{model_id}')['run']['run_id']}")
    assert run["n_actions"] == len(run["actions"]) == 17 and [a["seq"] for a in run["actions"]] == list(range(17))
    assert [model["model_id"] for model in run["models"]] == [model_id] and run["n_fits"] == 2
    split = next(a for a in run["actions"] if a["kind"] == "split")
    assert [o["name"] for o in split["outputs"]] == ["X_train", "y_train", "X_test", "y_test"]
    assert {p["name"]: p["value"] for p in split["parameters"]}["test_size"] == 0.25
    page = get(client, f"/runs/{run['run']['run_id']}/actions", offset=10, limit=3)
    assert [a["seq"] for a in page["actions"]] == [10, 11, 12] and page["total"] == 17


def test_the_pipeline_leads_from_the_file_to_the_metrics(client: TestClient, model_id: str) -> None:
    graph = get(client, f"/models/{model_id}/pipeline")
    nodes = {node["id"]: node for node in graph["nodes"]}
    assert all(edge["source"] in nodes and edge["target"] in nodes for edge in graph["edges"])
    assert all(node["parent"] in nodes for node in nodes.values() if node["parent"])
    assert [node["id"] for node in nodes.values() if node["focus"]] == [model_id]
    reached = {next(id for id, node in nodes.items() if node["kind"] == "file")}
    while more := {e["target"] for e in graph["edges"] if e["source"] in reached} - reached:
        reached |= more
    assert model_id in reached
    assert {nodes[id]["kind"] for id in reached} == {"file", "action", "dataset", "model", "metric"}
    inner = [node for node in nodes.values() if node["depth"] == 1]
    assert inner and nodes[inner[0]["parent"]]["n_children"] == 1
    shallow = get(client, f"/runs/{nodes[model_id]['run_id']}/pipeline", depth=0)
    assert not [node for node in shallow["nodes"] if node["depth"] == 1] and shallow["n_actions"] == 16
    assert get(client, f"/models/{model_id}/pipeline", limit=3)["truncated"]


def test_a_column_is_followed_from_its_file_to_the_models(client: TestClient, dataset_id: str) -> None:
    trace = get(client, "/columns/trace", dataset=dataset_id, column="age")
    by_direction: dict[str, set[str]] = {}
    for node in trace["nodes"]:
        by_direction.setdefault(node["direction"], set()).add(node["dataset"]["name"])
    assert by_direction["here"] == {"df"} and {"X", "X_train", "X_test"} <= by_direction["after"]
    assert trace["files"] == ["data/churn.csv"] and trace["models"]
    relations = {edge["operation"]: edge["relation"] for edge in trace["edges"]}
    assert relations["pandas.DataFrame.__getitem__"] == "same"
    assert relations["sklearn.model_selection.train_test_split"] == "derived"
    end = next(n for n in trace["nodes"] if n["dataset"]["name"] == "X_train")
    back = get(client, "/columns/trace", dataset=end["dataset"]["dataset_id"], column="age")
    assert "df" in {n["dataset"]["name"] for n in back["nodes"] if n["direction"] == "before"}


def test_two_models_are_compared(client: TestClient) -> None:
    ids = get(client, "/models/table", project="churn", limit=3)["ids"]
    found = get(client, "/compare", ids=ids)
    differs = [row["differs"] for row in found["parameters"]]
    assert differs == sorted(differs, reverse=True) and any(differs) and not all(differs)
    for line in found["metrics"]:
        if line["best"] is not None and line["name"] == "log_loss":
            assert line["values"][line["best"]] == min(v for v in line["values"] if v is not None)
    assert not found["flips"]["available"] and "predictions" in found["flips"]["reason"]
    runs = [get(client, f"/models/{id}")["run"]["run_id"] for id in ids]
    by_run = get(client, "/compare", ids=runs)
    assert by_run["kind"] == "runs" and [m["model_id"] for m in by_run["models"]] == ids
    assert by_run["parameters"] == found["parameters"]


def test_two_models_and_two_runs_have_a_difference(client: TestClient) -> None:
    ids = get(client, "/models/table", project="churn", limit=2)["ids"]
    found = get(client, "/diff", a=ids[0], b=ids[1])
    mine = {row["name"] for row in get(client, "/compare", ids=ids)["parameters"] if row["differs"]}
    assert {change["name"] for change in found["parameters"]} == mine and found["metrics"]
    runs = [get(client, f"/models/{id}")["run"]["run_id"] for id in ids]
    assert get(client, "/diff", a=runs[0], b=runs[1])["kind"] == "run"
    assert client.get("/api/v1/diff", params={"a": ids[0], "b": runs[1]}).status_code == 400


def test_datasets_are_listed_described_and_compared(client: TestClient, dataset_id: str) -> None:
    listed = get(client, "/datasets", sort="-n_rows", limit=500)
    sizes = [row["dataset"]["n_rows"] for row in listed["datasets"]]
    assert sizes == sorted(sizes, reverse=True) and listed["total"] == len(sizes)
    detail = get(client, f"/datasets/{dataset_id}")
    ages = next(column for column in detail["columns"] if column["name"] == "age")
    assert ages["mean"] is not None and ages["shared_with"] >= 1 and detail["files"] == ["data/churn.csv"]
    train = next(row for row in listed["datasets"] if row["dataset"]["name"] == "X_train" and row["project"] == "churn")
    trained = get(client, f"/datasets/{train['dataset']['dataset_id']}")
    assert trained["n_trained"] == train["n_trained"] > 0 and len(trained["versions"]) == train["n_versions"]
    other = next(row for row in listed["datasets"] if row["dataset"]["name"] == "X" and row["project"] == "churn")
    diff = get(client, f"/datasets/{dataset_id}/diff/{other['dataset']['dataset_id']}")
    changes = {change["name"]: change["change"] for change in diff["columns"]}
    assert changes.pop("churned") == "removed" and set(changes.values()) == {"same"}
    assert not get(client, f"/datasets/{dataset_id}/rows")["available"]
    assert not get(client, "/examples", dataset=dataset_id)["available"]


def test_a_project_without_models_shows_what_its_runs_logged(own_client: TestClient, own_db: Database) -> None:
    begun = [a_run(f"r-{name}", project="logged") for name in "ab"]
    logged = [Metrics(f"r-{name}", 2e9, ["loss"], [value]) for name, value in (("a", 0.5), ("b", 0.25))]
    own_db.catalog.apply("logged", [*begun, *logged], cursor=(0, 4), first=0)
    card = get(own_client, "/projects/logged")["project"]
    (loss,) = card["metrics"]
    assert card["n_models"] == 0 and (loss["name"], loss["count"], loss["best"]) == ("loss", 2, 0.25)
    assert loss["best_model_id"] is None and loss["best_run_id"] == "r-b"


def test_data_used_in_two_projects_is_listed_in_both(own_db: Database) -> None:
    with serving(own_db) as state, client_of(state) as client:
        card = next(card for card in get(client, "/projects")["projects"] if card["n_datasets"])
        listed = get(client, "/datasets", project=card["name"], limit=500)
        assert listed["total"] == card["n_datasets"]
        dataset_id = listed["datasets"][0]["dataset"]["dataset_id"]
        taken = an_action(new_action_id(), "r-later", inputs=[Input("X", dataset_id, "dataset")])
        fill(own_db.catalog, [[a_run("r-later", project="another"), taken]], "later")
        found = get(client, "/datasets", project="another")["datasets"]
        assert [row["dataset"]["dataset_id"] for row in found] == [dataset_id]
        assert found[0]["n_runs"] == listed["datasets"][0]["n_runs"] + 1
        assert get(client, "/projects/another")["project"]["n_datasets"] == 1
        assert get(client, f"/projects/{card['name']}")["project"]["n_datasets"] == card["n_datasets"]


def test_actions_say_what_they_measured(client: TestClient, model_id: str) -> None:
    run_id = get(client, f"/models/{model_id}")["run"]["run_id"]
    actions = get(client, f"/runs/{run_id}/actions", limit=500)["actions"]
    measured = {m["name"]: m["value"] for action in actions if action["kind"] == "evaluate" for m in action["metrics"]}
    shown = {m["name"]: m["value"] for m in get(client, f"/runs/{run_id}")["metrics"] if m["n_points"] == 1}
    assert measured and measured.items() <= shown.items()
    assert not [action for action in actions if action["kind"] == "fit" and action["metrics"]]


def test_curves_are_thinned_and_keep_their_extremes(client: TestClient) -> None:
    whole = get(client, "/series", project="digits", name="val_loss")["series"]
    assert whole and {curve["count"] for curve in whole} == {30} and whole[0]["step"] == list(range(30))
    for curve in get(client, "/series", project="digits", name="val_loss", points=6)["series"]:
        assert len(curve["value"]) <= 8
        assert {curve["min"], curve["max"], curve["last"]} <= set(curve["value"])


def test_only_curves_with_news_are_sent_again(own_client: TestClient, own_db: Database) -> None:
    logged = [
        RunStarted(f"r-{name}", 2e9, "grown", "default", name, "u", "h", 1, ["x"], None, "/", "3.11") for name in "ab"
    ]
    points = [
        Metrics(f"r-{name}", 2e9 + step, ["loss"], [1.0 / (step + 1)], step) for name in "ab" for step in range(5)
    ]
    own_db.catalog.apply("curves", [*logged, *points], cursor=(0, 12), first=0)
    whole = get(own_client, "/series", project="grown")
    assert len(whole["series"]) == 2 and whole["after"] == 0
    nothing = get(own_client, "/series", project="grown", after=whole["entry"])
    assert nothing["series"] == [] and nothing["after"] == whole["entry"]
    own_db.catalog.apply("curves", [Metrics("r-b", 2e9 + 9, ["loss"], [0.1], 9)], cursor=(0, 13), first=12)
    for asked in ({"project": "grown"}, {"run": ["r-a", "r-b"]}):
        news = get(own_client, "/series", after=whole["entry"], **asked)
        assert [(one["run_id"], one["count"]) for one in news["series"]] == [("r-b", 6)]
        assert news["entry"] > whole["entry"]
    later = get(own_client, "/series", project="grown", after=whole["entry"] + 10**6)
    assert len(later["series"]) == 2 and later["after"] == 0, "an entry of another store: everything"


def test_queries_answer_with_types_and_limits(client: TestClient) -> None:
    ask = {"sql": "SELECT model_id, created_at, n_features FROM models ORDER BY 1", "limit": 3}
    found = client.post("/api/v1/query", json=ask).json()
    assert [c["type"] for c in found["columns"]] == ["VARCHAR", "TIMESTAMP", "BIGINT"]
    assert len(found["rows"]) == 3 and found["truncated"]
    values = "SELECT 9007199254740993::BIGINT AS i, 'nan'::DOUBLE AS n, 'ab'::BLOB AS b, [1, 2] AS l, {'a': 1} AS s"
    assert client.post("/api/v1/query", json={"sql": values}).json()["rows"] == [
        ["9007199254740993", None, "6162", [1, 2], {"a": 1}]
    ]
    assert client.post("/api/v1/query", json={"sql": "SELECT ? + 1 AS x", "params": [41]}).json()["rows"] == [[42]]


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM read_text('/etc/passwd')", "COPY (SELECT 1) TO '/tmp/x.csv'", "ATTACH '/tmp/x.db'",
     "SELECT 1; SELECT 2",
     "INSTALL httpfs", "SELECT * FROM nothing", "UPDATE models SET name = 'x'", "SET threads = 1"],
)  # fmt: skip
def test_hostile_or_wrong_queries_are_refused(client: TestClient, sql: str) -> None:
    answer = client.post("/api/v1/query", json={"sql": sql})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "query_failed"


def test_every_view_is_listed_with_its_types(client: TestClient) -> None:
    views = {view["name"]: view for view in get(client, "/schema")["views"]}
    for name in ("models", "metrics", "predictions", "lineage", "versions", "tags"):
        assert all(column["type"] and column["doc"] for column in views[name]["columns"])
    for example in get(client, "/schema")["examples"]:
        answer = client.post("/api/v1/query", json={"sql": example["sql"]})
        assert answer.status_code == 200, (example, answer.text)


def test_nothing_travels_while_nothing_has_changed(own_client: TestClient) -> None:
    paths = ["/projects", "/models/table", "/models/columns", "/datasets", "/schema"]
    tags = {path: own_client.get("/api/v1" + path).headers["etag"] for path in paths}
    for path, tag in tags.items():
        again = own_client.get("/api/v1" + path, headers={"if-none-match": tag})
        assert again.status_code == 304 and not again.content and again.headers["etag"] == tag
    model = get(own_client, "/models/table")["ids"][0]
    change = {"changes": [{"targets": [model], "kind": "tag", "key": "stage", "value": "shipped"}]}
    assert own_client.post("/api/v1/annotations", json=change, headers=CHANGING).status_code == 200
    after = own_client.get("/api/v1/models/table", headers={"if-none-match": tags["/models/table"]})
    assert after.status_code == 200 and after.headers["etag"] != tags["/models/table"]


def test_answers_are_compressed_as_the_client_likes(client: TestClient) -> None:
    plain = client.get("/api/v1/models/table", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for accepted, used in [("gzip, deflate", "gzip"), ("zstd;q=0, gzip", "gzip"), ("gzip, br, zstd", "zstd")]:
        with client.stream("GET", "/api/v1/models/table", headers={"accept-encoding": accepted}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == used and len(raw) < len(plain.content) / 2
        text = gzip.decompress(raw) if used == "gzip" else zstandard.ZstdDecompressor().decompressobj().decompress(raw)
        assert text == plain.content
    small = client.get("/api/v1/healthz", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/models/m-nothing", 404, "not_found"),
        ("/models/m", 404, "not_found"),
        ("/runs/r-", 404, "not_found"),
        ("/datasets/d-%00", 400, "invalid_parameter"),
        ("/projects/none", 404, "not_found"),
        ("/models/table?filter=name+%3D", 400, "invalid_filter"),
        ("/models/table?sort=param.nothing", 400, "invalid_filter"),
        ("/models/table?limit=0", 400, "invalid_parameter"),
        ("/models/table?limit=ten", 400, "invalid_parameter"),
        ("/models/table?limit=5&limit=6", 400, "invalid_parameter"),
        ("/models/table?filtre=x", 400, "unknown_parameter"),
        ("/models/table?roles=king", 400, "invalid_input"),
        ("/models/table?group=type&aggregate=best:metric.x", 400, "invalid_input"),
        ("/models/table?group=type&sort=param.C", 400, "invalid_input"),
        ("/compare?ids=m-1&ids=r-1", 400, "invalid_input"),
        ("/examples?dataset=d-1&show=x", 400, "invalid_parameter"),
        ("/nothing", 404, "no_such_path"),
        ("/saved/thing", 400, "invalid_parameter"),
        ("/saved/view/none", 404, "not_found"),
    ],
)
def test_what_is_wrong_is_said(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get("/api/v1" + path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), answer.text
    assert len(answer.json()["error"]["message"]) > 10


def test_a_prefix_is_enough_unless_it_means_several(client: TestClient) -> None:
    ids = get(client, "/models/table", roles=["model", "step", "candidate"], limit=1000)["ids"]
    assert get(client, f"/models/{ids[0][:12]}")["model_id"] == ids[0]
    firsts = [id[:3] for id in ids]
    shared = next(first for first in firsts if firsts.count(first) > 1)
    assert client.get(f"/api/v1/models/{shared}").status_code == 409


@pytest.mark.parametrize(
    ("content", "status"),
    [("{", 400), ("[]", 422), ('{"changes": []}', 422), ('{"changes": [{"targets": ["m-x"], "kind": "x"}]}', 422),
     ('{"changes": [{"targets": ["m-x"], "kind": "tag", "key": "a", "value": "b"}]}', 404), ("\xff", 400),
     ('{"changes": [{"targets": ["nothing"], "kind": "hide", "value": "b"}]}', 404), (" " * 5_000_000, 413)],
)  # fmt: skip
def test_a_body_that_does_not_fit_changes_nothing(client: TestClient, content: str, status: int) -> None:
    headers = CHANGING | {"content-type": "application/json"}
    answer = client.post("/api/v1/annotations", content=content.encode("latin-1"), headers=headers)
    assert answer.status_code == status, answer.text


def test_the_wrong_method_is_told_the_right_ones(client: TestClient) -> None:
    answer = client.put("/api/v1/projects", json={}, headers=CHANGING)
    assert answer.status_code == 405 and answer.headers["allow"] == "GET"


def test_every_error_of_ours_has_a_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ModelDBError)]
    for kind in kinds:
        status, body = problem(kind("text"))
        assert 400 <= status < 600 and body.error.message == "text"
    status, body = problem(ZeroDivisionError("a secret"))
    assert status == 500 and "secret" not in msgspec.json.encode(body).decode()


def test_tags_notes_and_saved_things_can_be_changed_in_bulk(own_client: TestClient) -> None:
    ids = get(own_client, "/models/table")["ids"][:3]

    def change(**fields: Any) -> int:
        answer = own_client.post("/api/v1/annotations", json={"changes": [fields]}, headers=CHANGING)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["changed"])

    assert change(targets=ids, kind="tag", key="stage", value="new") == 3
    assert (
        change(targets=ids[:1], kind="note", value="first") == change(targets=ids[:1], kind="note", value="second") == 1
    )
    found = get(own_client, f"/models/{ids[0]}")["annotations"]
    assert {(a["kind"], a["value"], a["author"]) for a in found} >= {
        ("tag", "new", "tester"), ("note", "first", "tester"), ("note", "second", "tester")
    }  # fmt: skip
    assert get(own_client, "/models/table", filter="tag.stage = 'new'")["total"] == 3
    assert change(targets=ids[:1], kind="tag", key="stage", value=None) == 1
    assert get(own_client, "/models/table", filter="tag.stage = 'new'")["total"] == 2
    assert change(targets=ids, kind="hide", value="yes") == 3
    assert get(own_client, f"/models/{ids[0]}")["hidden"]
    assert own_client.put("/api/v1/saved/query/best", json={"value": {"sql": "SELECT 1"}}, headers=CHANGING).json()[
        "author"
    ]
    assert [item["name"] for item in get(own_client, "/saved/query")["items"]] == ["best"]
    assert own_client.delete("/api/v1/saved/query/best", headers=CHANGING).status_code == 200
    assert get(own_client, "/saved/query")["items"] == []


def test_the_document_names_every_endpoint_and_schema(client: TestClient) -> None:
    document = get(client, "/openapi.json")
    assert document["openapi"] == "3.1.0" and len(document["paths"]) > 25
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text
    pages = (Path(__file__).parents[2] / "docs" / "http.md").read_text()
    for path in document["paths"]:
        short = path.removeprefix("/api/v1").replace("{a}", "{a}")
        assert f"`{short}`" in pages or f" {short}`" in pages or f"{short}`" in pages, f"{short} is not in docs/http.md"


def test_every_struct_is_part_of_an_answer_or_a_request(client: TestClient) -> None:
    used = set(get(client, "/openapi.json")["components"]["schemas"])
    structs = {
        name for name, kind in vars(schemas).items() if isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    } - {"Struct", "Event"}
    assert structs - used == set()


def test_pages_are_served_with_their_compressed_copies(shared_state: State, tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>start")
    (tmp_path / "assets" / "app-1.js").write_text("plain")
    (tmp_path / "assets" / "app-1.js.gz").write_bytes(gzip.compress(b"packed"))
    pages = Pages(tmp_path)

    def ask(path: str, **headers: str) -> Any:
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        return pages.answer(Request({"type": "http", "method": "GET", "path": "/" + path, "headers": raw,
                                     "path_params": {"path": path}, "query_string": b""}))  # fmt: skip

    assert ask("assets/app-1.js").headers["cache-control"].endswith("immutable")
    packed = ask("assets/app-1.js", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip" and packed.headers["content-type"].startswith("text/javascript")
    start = ask("projects/churn/models")
    assert start.path.name == "index.html" and start.headers["cache-control"] == "no-cache"
    assert ask("", if_none_match=start.headers["etag"]).status_code == 304
    assert ask("p/churn.v2").path.name == "index.html"
    assert ask("assets/gone.js").status_code == 404 and ask("../x.js").status_code == 404


def test_without_built_pages_it_is_said_how_to_build_them(shared_state: State) -> None:
    with client_of(shared_state) as client:
        answer = client.get("/projects")
        assert answer.status_code == 503 and "build" in answer.text
