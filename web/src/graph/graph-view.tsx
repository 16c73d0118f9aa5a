/** A laid-out graph that can be dragged, zoomed, walked with the keyboard and exported. */
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type WheelEvent } from "react";
import { download } from "@/lib/download";
import { clipText } from "@/plot/axes";
import { Icon } from "@/ui/icon";
import { Loading } from "@/ui/states";
import { cameraOf, cameraText, fit, zoomed, type Camera } from "./camera";
import { neighbourhood, type Shown, type ShownNode } from "./collapse";
import { layout, type Direction, type Picture, type Placed } from "./layout";

const COLORS: Record<string, string> = {
  file: "light-dark(#8c7412, #d4bd55)",
  dataset: "light-dark(#23906a, #56c596)",
  action: "light-dark(#5b6b8c, #9fb0d0)",
  model: "light-dark(#2f6bd8, #7aa5ff)",
  spec: "light-dark(#16899f, #4fc3d9)",
  metric: "light-dark(#bb3d6b, #ef7fa4)",
};

interface Props {
  shown: Shown;
  direction: Direction;
  chosen: string | null;
  label: string;
  /** What is seen, as `cameraText` says it; nothing for what a graph is first shown like. */
  camera: string;
  onCamera: (text: string) => void;
  onChoose: (node: ShownNode | null) => void;
  onFold: (id: string) => void;
}

/** Labels can be read from this scale on: to begin with a graph is drawn no smaller. */
const READABLE = 0.62;
/** Moving and zooming come to rest before the address says where. */
const AT_REST_MS = 200;

export function GraphView({ shown, direction, chosen, label, camera: asked, onCamera, onChoose, onFold }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<Picture | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [camera, setCamera] = useState<Camera>({ x: 20, y: 20, scale: 1 });
  const drag = useRef<{ x: number; y: number; camera: Camera; moved: boolean } | null>(null);
  const fitted = useRef<Direction | null>(null);
  useEffect(() => {
    let live = true;
    layout(shown, direction, roomOf(host.current!)).then(
      (made) => {
        if (!live) return;
        setPicture(made);
        setFailed(null);
        if (fitted.current !== direction) {
          const first = fitted.current === null;
          fitted.current = direction;
          const room = roomOf(host.current!);
          setCamera((first && cameraOf(asked, made, room)) || fit(made, room, READABLE));
        }
      },
      (error: Error) => live && setFailed(error.message),
    );
    return () => {
      live = false;
    };
    // What the address says of the camera is read when a graph is first laid out; later it follows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shown, direction]);
  const said = useRef(asked);
  useEffect(() => {
    if (!picture) return;
    const timer = setTimeout(() => {
      const room = roomOf(host.current!);
      const text = cameraText(camera, room);
      said.current = text === cameraText(fit(picture, room, READABLE), room) ? "" : text;
      if (said.current !== asked) onCamera(said.current);
    }, AT_REST_MS);
    return () => clearTimeout(timer);
    // Only moving, zooming and another picture change what is said.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [camera, picture]);
  useEffect(() => {
    // Another address of this graph, as of a link or by going back.
    if (!picture || asked === said.current) return;
    said.current = asked;
    const room = roomOf(host.current!);
    setCamera(cameraOf(asked, picture, room) ?? fit(picture, room, READABLE));
  }, [asked, picture]);
  const lit = useMemo(() => (chosen !== null && shown.nodes.some((node) => node.id === chosen) ? neighbourhood(shown, chosen) : null), [shown, chosen]);

  const zoom = (factor: number, at?: { x: number; y: number }) =>
    setCamera((now) => {
      const { width, height } = roomOf(host.current!);
      return zoomed(now, factor, at ?? { x: width / 2, y: height / 2 });
    });
  const wheel = (event: WheelEvent) => {
    const box = host.current!.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * 0.0014), { x: event.clientX - box.left, y: event.clientY - box.top });
  };
  const key = (event: KeyboardEvent) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (step) setCamera((now) => ({ ...now, x: now.x + step[0]!, y: now.y + step[1]! }));
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0" && picture) setCamera(fit(picture, roomOf(host.current!)));
    else if (event.key === "Escape") onChoose(null);
    else return;
    event.preventDefault();
  };
  const move = (event: PointerEvent) => {
    if (!drag.current) return;
    const [dx, dy] = [event.clientX - drag.current.x, event.clientY - drag.current.y];
    if (Math.hypot(dx, dy) > 3) drag.current.moved = true;
    setCamera({ ...drag.current.camera, x: drag.current.camera.x + dx, y: drag.current.camera.y + dy });
  };
  if (failed) return <div className="state">The graph could not be laid out: {failed}</div>;
  return (
    <div
      ref={host}
      className="graph"
      tabIndex={0}
      role="group"
      aria-label={label}
      onWheel={wheel}
      onKeyDown={key}
      onPointerDown={(event) => {
        if ((event.target as Element).closest("button")) return;
        drag.current = { x: event.clientX, y: event.clientY, camera, moved: false };
      }}
      onPointerMove={move}
      onPointerUp={(event) => {
        if (drag.current && !drag.current.moved && !(event.target as Element).closest(".gnode, button")) onChoose(null);
        drag.current = null;
      }}
      onPointerLeave={() => (drag.current = null)}
    >
      {!picture && <Loading lines={6} label="Laying out the graph" />}
      <svg className="canvas" role="presentation">
        <defs>
          <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0 L8 4 L0 8 z" className="garrow" />
          </marker>
        </defs>
        <g transform={`translate(${camera.x} ${camera.y}) scale(${camera.scale})`}>
          {picture?.nodes.filter((node) => node.frame).map((node) => <Box key={node.id} node={node} chosen={chosen} dim={lit !== null && !lit.nodes.has(node.id)} onChoose={onChoose} onFold={onFold} />)}
          {picture?.edges.map(({ edge, points, label: at }) => {
            const on = lit?.edges.has(edge) ?? false;
            const text = edgeText(edge);
            return (
              <g key={`${edge.source} ${edge.target}`}>
                <path className={`gedge${edge.inferred ? " inferred" : ""}${on ? " lit" : ""}${lit && !on ? " dim" : ""}`} d={curve(points)} markerEnd="url(#arrow)">
                  <title>{`${edge.role}${edge.columns ? `: ${edge.columns.join(", ")}` : ""}${edge.changed ? " (changed in place)" : ""}${edge.inferred ? " (inferred from content)" : ""}`}</title>
                </path>
                {at && text && camera.scale > 0.55 && (!lit || on) && (
                  <text className="glabel" x={at.x} y={at.y + 3} textAnchor="middle">
                    {text}
                  </text>
                )}
              </g>
            );
          })}
          {picture?.nodes.filter((node) => !node.frame).map((node) => <Box key={node.id} node={node} chosen={chosen} dim={lit !== null && !lit.nodes.has(node.id)} onChoose={onChoose} onFold={onFold} />)}
        </g>
      </svg>
      <div className="key" aria-hidden="true">
        {Object.entries(COLORS).filter(([kind]) => shown.nodes.some((node) => node.kind === kind)).map(([kind, color]) => (
          <span key={kind} className="row" style={{ gap: 4 }}>
            <svg width="9" height="9">
              <rect width="9" height="9" rx="2" style={{ fill: color }} />
            </svg>
            {kind}
          </span>
        ))}
      </div>
      <div className="zoom">
        <button type="button" className="btn icon" aria-label="Zoom in" onClick={() => zoom(1.25)}>
          <Icon name="plus" />
        </button>
        <button type="button" className="btn icon" aria-label="Zoom out" onClick={() => zoom(0.8)}>
          <Icon name="minus" />
        </button>
        <button type="button" className="btn icon" aria-label="Fit" onClick={() => picture && setCamera(fit(picture, roomOf(host.current!)))}>
          <Icon name="fit" />
        </button>
        <button type="button" className="btn icon" aria-label="Save as SVG" title="Save as SVG" onClick={() => picture && download("pipeline.svg", exportSvg(host.current!, picture), "image/svg+xml")}>
          <Icon name="download" />
        </button>
      </div>
    </div>
  );
}

function Box({ node, chosen, dim, onChoose, onFold }: { node: Placed; chosen: string | null; dim: boolean; onChoose: (node: ShownNode) => void; onFold: (id: string) => void }) {
  const room = Math.floor((node.width - 30) / 6.3);
  const classes = `gnode${node.frame ? " group" : ""}${node.focus ? " focus" : ""}${node.id === chosen ? " chosen" : ""}${dim ? " dim" : ""}`;
  const act = (event: { key?: string; preventDefault: () => void; stopPropagation: () => void }) => {
    if (event.key !== undefined && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    onChoose(node);
  };
  const foldable = node.frame || node.folded;
  const label = clipText(node.label, Math.max(4, room));
  const detail = node.detail && !node.frame ? clipText(node.detail, Math.max(4, Math.floor((node.width - 18) / 6.3))) : "";
  return (
    <g className={classes} transform={`translate(${node.x} ${node.y})`} tabIndex={0} role="button" aria-description={node.kind} onClick={act} onKeyDown={act} onDoubleClick={() => foldable && onFold(node.id)}>
      <rect className="box" width={node.width} height={node.height} rx={node.kind === "action" ? 5 : node.kind === "metric" ? 14 : 8} />
      <rect x="0" y={node.frame ? 8 : 6} width="4" height={node.frame ? 14 : node.height - 12} rx="2" style={{ fill: node.status === "failed" ? "var(--bad)" : COLORS[node.kind] }} />
      <text x="12" y={node.frame ? 20 : node.detail ? 17 : node.height / 2 + 4} fontWeight={node.focus || node.kind === "model" ? 600 : 400}>
        {label}
      </text>
      {detail !== "" && (
        <text className="sub" x="12" y="32">
          {detail}
        </text>
      )}
      {foldable && (
        <g
          role="button"
          tabIndex={0}
          aria-label={`${node.folded ? "Unfold" : "Fold"} ${node.label}`}
          onClick={(event) => (event.stopPropagation(), onFold(node.id))}
          onKeyDown={(event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), event.stopPropagation(), onFold(node.id))}
          transform={`translate(${node.width - 20} ${node.frame ? 8 : node.height / 2 - 7})`}
        >
          <rect width="14" height="14" rx="3" style={{ fill: "var(--bg-sunken)", stroke: "var(--line-strong)" }} />
          <path d={node.folded ? "M3 7h8M7 3v8" : "M3 7h8"} style={{ stroke: "var(--ink-2)", strokeWidth: 1.4 }} />
        </g>
      )}
    </g>
  );
}

function edgeText(edge: Shown["edges"][number]): string {
  if (edge.columns && edge.columns.length > 0) return clipText(edge.columns.length <= 2 ? edge.columns.join(", ") : `${edge.columns[0]} +${edge.columns.length - 1}`, 26);
  if (edge.n_columns) return `${edge.n_columns} col`;
  return edge.role === "self" ? "" : clipText(edge.role, 14);
}

/** A smooth line through ELK's spline points: groups of three are Bézier segments. */
function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  if (rest.length % 3 === 0) {
    for (let i = 0; i < rest.length; i += 3) path += `C${rest[i]!.x} ${rest[i]!.y} ${rest[i + 1]!.x} ${rest[i + 1]!.y} ${rest[i + 2]!.x} ${rest[i + 2]!.y}`;
  } else for (const point of rest) path += `L${point.x} ${point.y}`;
  return path;
}

const roomOf = (host: HTMLElement) => ({ width: host.clientWidth, height: host.clientHeight });

const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font", "opacity", "paint-order"];

/** The drawing as a file of its own, with its styles written out. */
function exportSvg(host: HTMLElement, picture: Picture): string {
  const live = host.querySelector("svg.canvas")!;
  const copy = live.cloneNode(true) as SVGElement;
  const [from, to] = [[...live.querySelectorAll("*")], [...copy.querySelectorAll("*")]];
  from.forEach((element, index) => {
    const style = getComputedStyle(element);
    to[index]!.setAttribute("style", STYLED.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  });
  copy.querySelector("g")!.setAttribute("transform", "translate(20 20)");
  copy.setAttribute("width", String(picture.width + 40));
  copy.setAttribute("height", String(picture.height + 40));
  return new XMLSerializer().serializeToString(copy);
}
