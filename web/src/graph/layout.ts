/** Where the boxes of a graph go: ELK's layered layout, in a worker, loaded when a graph is first shown. */
import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api";
import workerUrl from "elkjs/lib/elk-worker.min.js?url";
import type { Shown, ShownEdge, ShownNode } from "./collapse";

export interface Placed extends ShownNode {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Drawn {
  edge: ShownEdge;
  points: { x: number; y: number }[];
  label: { x: number; y: number } | null;
}

export interface Picture {
  nodes: Placed[];
  edges: Drawn[];
  width: number;
  height: number;
}

export type Direction = "auto" | "right" | "down";

const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.hierarchyHandling": "INCLUDE_CHILDREN",
  "elk.spacing.nodeNode": "14",
  "elk.spacing.edgeNode": "12",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.edgeRouting": "SPLINES",
};

const ACROSS = { "elk.direction": "RIGHT", "elk.layered.spacing.nodeNodeBetweenLayers": "46" };
/** Lines are as high as a box, and what is on an arrow takes one line. */
const DOWN = { "elk.direction": "DOWN", "elk.layered.spacing.nodeNodeBetweenLayers": "26" };

/** The graph in the direction in which more of it can be read at once in a window of this size. */
export async function layout(shown: Shown, direction: Direction, room: { width: number; height: number }): Promise<Picture> {
  if (direction !== "auto") return layoutTo(shown, direction);
  const across = await layoutTo(shown, "right");
  if (scaleFor(across, room) >= LEGIBLE) return across;
  const down = await layoutTo(shown, "down");
  return scaleFor(down, room) > scaleFor(across, room) ? down : across;
}

/** At this scale labels are still easy to read. */
const LEGIBLE = 0.85;

/** How large a picture can be drawn so that all of it is in view. */
export function scaleFor(picture: Pick<Picture, "width" | "height">, room: { width: number; height: number }): number {
  return Math.min((room.width - 48) / picture.width, (room.height - 90) / picture.height);
}

let elk: InstanceType<typeof ELK> | null = null;

/** The worker, started when it is first needed. */
function worker(): InstanceType<typeof ELK> {
  elk ??= new ELK({ workerUrl, workerFactory: (url?: string) => new Worker(url ?? workerUrl) });
  return elk;
}

/**
 * Starts the worker and has it lay out a few boxes: its code, a megabyte and a half, takes most of a second to load
 * and become quick, so who will soon show a graph calls this ahead of time.
 */
export function startLayout(): void {
  if (elk) return;
  const box = (id: string): ElkNode => ({ id, width: 100, height: 30 });
  const edge = (from: string, to: string): ElkExtendedEdge => ({ id: `${from} ${to}`, sources: [from], targets: [to] });
  for (const towards of [ACROSS, DOWN]) {
    const children = [box("a"), { id: "frame", children: [box("b"), box("c")] }, box("d"), box("e")];
    const edges = [edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d"), edge("a", "d"), edge("d", "e"), edge("b", "e")];
    void worker().layout({ id: "root", layoutOptions: { ...OPTIONS, ...towards }, children, edges }).catch(() => undefined);
  }
}

async function layoutTo(shown: Shown, direction: "right" | "down"): Promise<Picture> {
  const children = new Map<string | null, ShownNode[]>();
  for (const node of shown.nodes) {
    const list = children.get(node.group) ?? [];
    list.push(node);
    children.set(node.group, list);
  }
  const build = (node: ShownNode): ElkNode => {
    const inner = children.get(node.id);
    if (!inner) return { id: node.id, ...sizeOf(node, direction === "down" ? 320 : 200) };
    return { id: node.id, children: inner.map(build), layoutOptions: { "elk.padding": "[top=30,left=14,bottom=12,right=14]" } };
  };
  const edges: ElkExtendedEdge[] = shown.edges.map((edge, index) => ({ id: `e${index}`, sources: [edge.source], targets: [edge.target] }));
  const root = await worker().layout({ id: "root", layoutOptions: { ...OPTIONS, ...(direction === "down" ? DOWN : ACROSS) }, children: (children.get(null) ?? []).map(build), edges });
  return collect(root, shown);
}

function sizeOf(node: ShownNode, most: number): { width: number; height: number } {
  const longest = Math.max(node.label.length * 6.9, (node.detail ?? "").length * 5.6);
  return { width: Math.round(Math.min(most, Math.max(84, longest + (node.folded ? 42 : 26)))), height: node.detail ? 42 : 30 };
}

function collect(root: ElkNode, shown: Shown): Picture {
  const known = new Map(shown.nodes.map((node) => [node.id, node]));
  const nodes: Placed[] = [];
  const origin = new Map<string, { x: number; y: number }>([["root", { x: 0, y: 0 }]]);
  const walk = (node: ElkNode, x: number, y: number): void => {
    for (const child of node.children ?? []) {
      const [left, top] = [x + (child.x ?? 0), y + (child.y ?? 0)];
      origin.set(child.id, { x: left, y: top });
      nodes.push({ ...known.get(child.id)!, x: left, y: top, width: child.width ?? 0, height: child.height ?? 0 });
      walk(child, left, top);
    }
  };
  walk(root, 0, 0);
  const edges = (root.edges ?? []).map((edge, index): Drawn => {
    // With INCLUDE_CHILDREN an edge's points are relative to the node that contains both of its ends.
    const base = origin.get((edge as { container?: string }).container ?? "root") ?? { x: 0, y: 0 };
    const section = edge.sections?.[0];
    const points = section ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint].map((point) => ({ x: point.x + base.x, y: point.y + base.y })) : [];
    return { edge: shown.edges[index]!, points, label: halfway(points) };
  });
  return { nodes, edges, width: root.width ?? 0, height: root.height ?? 0 };
}

/** The middle of ELK's spline: of its middle Bézier segment, or of a straight line. */
function halfway(points: readonly { x: number; y: number }[]): { x: number; y: number } | null {
  if (points.length < 2) return null;
  const segments = (points.length - 1) / 3;
  if (!Number.isInteger(segments)) {
    const [a, b] = [points[Math.floor((points.length - 1) / 2)]!, points[Math.ceil((points.length - 1) / 2)]!];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  }
  if (segments % 2 === 0) return points[(segments / 2) * 3]!;
  const [p, q, r, t] = points.slice(Math.floor(segments / 2) * 3) as { x: number; y: number }[];
  return { x: (p!.x + 3 * q!.x + 3 * r!.x + t!.x) / 8, y: (p!.y + 3 * q!.y + 3 * r!.y + t!.y) / 8 };
}
