import { describe, expect, it } from "vitest";
import type { Graph, GraphEdge, GraphNode } from "@/api/types";
import { adoptInner, collapse, gatherMetrics, neighbourhood } from "@/graph/collapse";

const node = (id: string, parent: string | null = null): GraphNode => ({
  id, kind: "action", label: id, detail: null, parent, depth: 0, n_children: 0, action_kind: null, status: null, inferred: false, started_at: null, duration_s: null, run_id: null, value: null, n_rows: null, n_columns: null, focus: false, facts: {},
});
const edge = (source: string, target: string, columns: string[] | null = null): GraphEdge => ({ source, target, role: "X", columns, n_columns: null, inferred: false, changed: false });
const graph: Graph = {
  nodes: [node("data"), node("pipe"), node("scale", "pipe"), node("mid", "pipe"), node("svc", "pipe"), node("model")],
  edges: [edge("data", "pipe"), edge("data", "scale", ["a"]), edge("scale", "mid"), edge("mid", "svc"), edge("svc", "model"), edge("pipe", "model")],
  n_actions: 3, truncated: false, sql: "",
};

describe("folding", () => {
  it("ends edges at the folded box, each pair once", () => {
    const shown = collapse(graph, new Set());
    expect(shown.nodes.map((one) => one.id)).toEqual(["data", "pipe", "model"]);
    expect(shown.edges.map((one) => [one.source, one.target, one.count])).toEqual([["data", "pipe", 2], ["pipe", "model", 2]]);
    expect(shown.nodes.find((one) => one.id === "pipe")).toMatchObject({ folded: true, frame: false });
  });
  it("draws children inside the frame when unfolded", () => {
    const shown = collapse(graph, new Set(["pipe"]));
    expect(shown.nodes.filter((one) => one.group === "pipe").map((one) => one.id)).toEqual(["scale", "mid", "svc"]);
    expect(shown.edges.some((one) => one.source === "data" && one.target === "scale")).toBe(true);
  });
  it("survives edges and parents that are not in the graph", () => {
    const shown = collapse({ ...graph, nodes: [node("a", "gone")], edges: [edge("a", "nowhere")] }, new Set());
    expect(shown.nodes[0]?.group).toBeNull();
    expect(shown.edges).toEqual([]);
  });
});

describe("what lives inside an action", () => {
  const data = (id: string): GraphNode => ({ ...node(id), kind: "dataset" });
  const whole: Graph = { ...graph, nodes: [data("X"), node("pipe"), node("scale", "pipe"), data("scaled"), node("svc", "pipe"), data("model"), node("predict")], edges: [edge("X", "pipe"), edge("X", "scale"), edge("scale", "scaled"), edge("scaled", "svc"), edge("pipe", "model"), edge("svc", "model"), edge("model", "predict")] };
  it("is drawn in its box, and gone when that is folded", () => {
    const adopted = adoptInner(whole);
    expect(adopted.nodes.filter((one) => one.parent === "pipe").map((one) => one.id)).toEqual(["scale", "scaled", "svc"]);
    expect(collapse(adopted, new Set()).nodes.map((one) => one.id)).toEqual(["X", "pipe", "model", "predict"]);
  });
});

describe("an action's metrics", () => {
  const metric = (n: number): GraphNode => ({ ...node(`metric:${n}`), kind: "metric", label: `score[split${n}]`, value: n });
  const of = (n: number): Graph => {
    const metrics = Array.from({ length: n }, (_, i) => metric(i));
    return { ...graph, nodes: [node("search"), ...metrics], edges: metrics.map((one) => edge("search", one.id)) };
  };
  it("are one box when they are many", () => {
    const gathered = gatherMetrics(of(20));
    expect(gathered.nodes.map((one) => one.label)).toEqual(["search", "20 metrics"]);
    expect(collapse(gathered, new Set()).edges).toHaveLength(1);
  });
  it("stay boxes of their own when they are few", () => {
    expect(gatherMetrics(of(3)).nodes).toHaveLength(4);
  });
});

describe("what leads to a box and comes of it", () => {
  it("follows edges both ways but not sideways", () => {
    const shown = collapse({ ...graph, nodes: [...graph.nodes, node("other")], edges: [...graph.edges, edge("data", "other")] }, new Set());
    expect(neighbourhood(shown, "pipe").nodes).toEqual(new Set(["pipe", "data", "model"]));
  });
});
