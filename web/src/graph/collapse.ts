/** Which boxes and arrows of a pipeline are drawn when some of its enclosing actions are folded. */
import type { Graph, GraphEdge, GraphNode } from "@/api/types";

export interface ShownNode extends GraphNode {
  /** The box it is drawn in; null at the top. */
  group: string | null;
  /** True for an unfolded action that is drawn as a frame around its children. */
  frame: boolean;
  /** True when there is something to unfold. */
  folded: boolean;
}

export interface ShownEdge extends GraphEdge {
  /** How many edges of the whole graph this one stands for. */
  count: number;
}

export interface Shown {
  nodes: ShownNode[];
  edges: ShownEdge[];
}

const MOST_METRICS = 3;

/** The graph with an action's many metrics (the folds of a search) in one box. */
export function gatherMetrics(graph: Graph): Graph {
  const source = new Map<string, string>();
  const ofSource = new Map<string, GraphNode[]>();
  const metrics = new Map(graph.nodes.filter((node) => node.kind === "metric").map((node) => [node.id, node]));
  for (const edge of graph.edges) {
    const node = metrics.get(edge.target);
    if (!node || source.has(node.id)) continue;
    source.set(node.id, edge.source);
    ofSource.set(edge.source, [...(ofSource.get(edge.source) ?? []), node]);
  }
  const into = new Map<string, string>();
  const made: GraphNode[] = [];
  for (const [from, nodes] of ofSource) {
    if (nodes.length <= MOST_METRICS) continue;
    const id = `metrics:${from}`;
    for (const node of nodes) into.set(node.id, id);
    const names = [...new Set(nodes.map((node) => node.label.replace(/\[.*$/, "")))];
    made.push({ ...nodes[0]!, id, label: `${nodes.length} metrics`, detail: names.join(", "), value: null, facts: Object.fromEntries(nodes.slice(0, 60).map((node, index) => [`${index + 1}. ${node.label}`, node.value])) });
  }
  if (made.length === 0) return graph;
  return {
    ...graph,
    nodes: [...graph.nodes.filter((node) => !into.has(node.id)), ...made],
    edges: graph.edges.map((edge) => ({ ...edge, source: into.get(edge.source) ?? edge.source, target: into.get(edge.target) ?? edge.target })),
  };
}

/**
 * The graph with what lives and dies inside an action in its box: the data a pipeline's steps hand on, the steps
 * themselves. An artifact moves into the innermost action that encloses everything it touches.
 */
export function adoptInner(graph: Graph): Graph {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const enclosing = (id: string): string[] => {
    const out: string[] = [];
    for (let up = byId.get(id)?.parent ?? null; up !== null && byId.has(up); up = byId.get(up)!.parent) out.push(up);
    return out;
  };
  const touching = new Map<string, string[]>();
  for (const { source, target } of graph.edges) {
    touching.set(source, [...(touching.get(source) ?? []), target]);
    touching.set(target, [...(touching.get(target) ?? []), source]);
  }
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const others = touching.get(node.id) ?? [];
      if (node.kind === "action" || node.focus || node.parent !== null || others.length === 0) return node;
      const [first, ...rest] = others.map(enclosing);
      const shared = first!.find((id) => rest.every((ids) => ids.includes(id)));
      return shared === undefined ? node : { ...node, parent: shared };
    }),
  };
}

/** The graph with only these actions unfolded; edges into what is folded end at its box. */
export function collapse(graph: Graph, open: ReadonlySet<string>): Shown {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const children = new Set(graph.nodes.flatMap((node) => (node.parent !== null && byId.has(node.parent) ? [node.parent] : [])));
  /** The outermost folded ancestor, or the node itself. */
  const standIn = (id: string): string => {
    let shown = id;
    for (let up = byId.get(id)?.parent ?? null; up !== null && byId.has(up); up = byId.get(up)!.parent) {
      if (!open.has(up)) shown = up;
    }
    return shown;
  };
  const visible = graph.nodes.filter((node) => standIn(node.id) === node.id);
  const nodes = visible.map((node): ShownNode => {
    const hasChildren = children.has(node.id);
    return {
      ...node,
      // "accuracy_score" need not say again that it is sklearn.metrics.accuracy_score.
      detail: node.kind === "action" && node.detail?.endsWith(node.label) ? null : node.detail,
      group: node.parent !== null && byId.has(node.parent) ? node.parent : null,
      frame: hasChildren && open.has(node.id),
      folded: hasChildren && !open.has(node.id),
    };
  });
  const edges = new Map<string, ShownEdge>();
  for (const edge of graph.edges) {
    if (!byId.has(edge.source) || !byId.has(edge.target)) continue;
    const [source, target] = [standIn(edge.source), standIn(edge.target)];
    if (source === target || within(byId, source, target) || within(byId, target, source)) continue;
    const key = `${source}\n${target}`;
    const known = edges.get(key);
    if (!known) edges.set(key, { ...edge, source, target, count: 1 });
    else {
      known.count += 1;
      known.columns = known.columns && edge.columns ? [...new Set([...known.columns, ...edge.columns])] : null;
      known.changed ||= edge.changed;
      known.inferred &&= edge.inferred;
    }
  }
  return { nodes, edges: [...edges.values()] };
}

function within(byId: ReadonlyMap<string, GraphNode>, inner: string, outer: string): boolean {
  for (let up = byId.get(inner)?.parent ?? null; up !== null; up = byId.get(up)?.parent ?? null) if (up === outer) return true;
  return false;
}

/** Everything that leads to a node or comes of it, with the edges on the way. */
export function neighbourhood(shown: Shown, id: string): { nodes: Set<string>; edges: Set<ShownEdge> } {
  const nodes = new Set([id]);
  const edges = new Set<ShownEdge>();
  for (const [from, to] of [["target", "source"], ["source", "target"]] as const) {
    const queue = [id];
    const seen = new Set(queue);
    while (queue.length > 0) {
      const here = queue.pop()!;
      for (const edge of shown.edges) {
        if (edge[from] !== here) continue;
        edges.add(edge);
        nodes.add(edge[to]);
        if (!seen.has(edge[to])) {
          seen.add(edge[to]);
          queue.push(edge[to]);
        }
      }
    }
  }
  for (const node of shown.nodes) if (node.frame && shown.nodes.some((other) => other.group === node.id && nodes.has(other.id))) nodes.add(node.id);
  return { nodes, edges };
}
