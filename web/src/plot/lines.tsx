/** Curves over steps: learning curves by the hundred, ROC and the like by the few. */
import { useCallback, useMemo, useState } from "react";
import { number } from "@/lib/format";
import { nearest } from "@/lib/smoothing";
import { drawXAxis, drawYAxis } from "./axes";
import type { Ink } from "./colors";
import { Figure, type Size, type Tip } from "./figure";
import type { Painter } from "./painter";
import { scaleOf } from "./scale";

export interface Line {
  id: string;
  name: string;
  color: string;
  x: number[];
  y: (number | null)[];
  /** Drawn faintly behind: the curve before smoothing. */
  raw?: (number | null)[] | undefined;
  low?: number[] | undefined;
  high?: number[] | undefined;
  dash?: number[] | undefined;
  quiet?: boolean | undefined;
}

export interface LinesProps {
  label: string;
  lines: Line[];
  height: number;
  xTitle?: string;
  yTitle?: string;
  logX?: boolean;
  logY?: boolean;
  /** Fixed limits, as for shares between 0 and 1. */
  xDomain?: [number, number];
  yDomain?: [number, number];
  xText?: (value: number) => string;
  /** The pointer's x, shared by charts that move together. */
  cross?: number | null;
  onCross?: (x: number | null) => void;
  hot?: string | null;
  onHot?: (id: string | null) => void;
  onOpen?: (id: string) => void;
  onZoom?: (range: [number, number] | null) => void;
  square?: boolean;
}

const MOST_POINTS = 1200;
/** More wait for the next frame. */
const LINES_A_FRAME = 100;

export function Lines(props: LinesProps) {
  const { lines, height, onCross, onHot } = props;
  const [at, setAt] = useState<{ line: number; point: number } | null>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);
  const domains = useMemo(() => extents(props), [props.lines, props.xDomain, props.yDomain, props.logX, props.logY]);
  const place = useMemo(() => {
    let last: { width: number; value: ReturnType<typeof layout> } | null = null;
    return (size: Size) => {
      if (last?.width !== size.width) last = { width: size.width, value: layout(size, height, domains, props.logX, props.logY, Boolean(props.yTitle), Boolean(props.xTitle)) };
      return last.value;
    };
  }, [domains, height, props.logX, props.logY, props.yTitle, props.xTitle]);
  const hot = props.hot ?? (at ? (lines[at.line]?.id ?? null) : null);
  const many = lines.length > 12;

  const draw = useCallback(
    function* (to: Painter, size: Size, ink: Ink) {
      const { frame, sx, sy } = place(size);
      drawYAxis(to, ink, frame, sy, props.yTitle ?? "");
      drawXAxis(to, ink, frame, sx, props.xTitle ?? "");
      const inside = (paint: () => void) => to.clip(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, paint);
      inside(() => {
        for (const line of lines) {
          if (line.low && line.high) to.area(ribbon(line, sx.map, sy.map), { color: line.color, alpha: 0.14 });
          if (line.raw && !many) to.line(trace(line.x, line.raw, sx.map, sy.map), { color: line.color, width: 1, alpha: 0.22 });
        }
      });
      for (let start = 0; start < lines.length; start += LINES_A_FRAME) {
        if (start > 0) yield;
        inside(() => {
          for (const line of lines.slice(start, start + LINES_A_FRAME)) {
            const points = trace(line.x, line.y, sx.map, sy.map);
            to.line(points, { color: line.color, width: many ? 1 : 1.6, alpha: line.quiet ? 0.6 : lines.length > 80 ? 0.55 : 0.9, dash: line.dash ?? [] });
            if (points.length <= 4) to.marks(points, "circle", 2.5, { color: line.color });
          }
        });
      }
    },
    [place, lines, many, props.xTitle, props.yTitle],
  );
  const over = useCallback(
    (to: Painter, size: Size, ink: Ink) => {
      const { frame, sx, sy } = place(size);
      if (drag) to.rect(Math.min(...drag), frame.top, Math.abs(drag[1] - drag[0]), frame.bottom - frame.top, { color: ink.accent, alpha: 0.12 });
      const line = hot === null ? undefined : lines.find((one) => one.id === hot);
      if (line) {
        to.rect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, { color: ink.background, alpha: lines.length > 1 ? 0.6 : 0 });
        to.clip(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top, () =>
          to.line(trace(line.x, line.y, sx.map, sy.map), { color: line.color, width: 2.4 }),
        );
      }
      if (props.cross !== null && props.cross !== undefined) {
        const x = sx.map(props.cross);
        if (x >= frame.left && x <= frame.right) {
          to.line([x, frame.top, x, frame.bottom], { color: ink.faint, dash: [3, 3] });
          for (const one of lines.slice(0, 60)) {
            const index = nearest(one.x, props.cross);
            const y = one.y[index];
            if (y !== null && y !== undefined && (hot === null || one.id === hot)) to.marks([sx.map(one.x[index]!), sy.map(y)], "circle", 2.6, { color: one.color });
          }
        }
      }
    },
    [place, lines, hot, props.cross, drag],
  );
  const [size, setSize] = useState<Size>({ width: 0, height });
  const line = at ? lines[at.line] : undefined;
  const tip: Tip | null =
    at && line && size.width > 0
      ? {
          x: place(size).sx.map(line.x[at.point]!),
          y: place(size).sy.map(line.y[at.point]),
          title: line.name,
          pairs: [
            [props.xTitle || "x", props.xText?.(line.x[at.point]!) ?? number(line.x[at.point]!)],
            [props.yTitle || "value", number(line.y[at.point]!, 5)],
            ...(line.low && line.high ? [["range", `${number(line.low[at.point]!)} – ${number(line.high[at.point]!)}`] as const] : []),
          ],
        }
      : null;
  const move = (mx: number, my: number, now: Size) => {
    if (now.width !== size.width) setSize(now);
    const { frame, sx, sy } = place(now);
    if (mx < frame.left - 4 || mx > frame.right + 4) return leave();
    const x = sx.invert(mx);
    onCross?.(x);
    let best: typeof at = null;
    let distance = 24;
    lines.forEach((one, index) => {
      const point = nearest(one.x, x);
      const y = one.y[point];
      if (point < 0 || y === null || y === undefined) return;
      const d = Math.abs(sy.map(y) - my) + Math.abs(sx.map(one.x[point]!) - mx) * 0.3;
      if (d < distance) [distance, best] = [d, { line: index, point }];
    });
    setAt(best);
    onHot?.(best === null ? null : (lines[(best as { line: number }).line]?.id ?? null));
  };
  const leave = () => {
    setAt(null);
    onCross?.(null);
    onHot?.(null);
  };
  return (
    <Figure
      label={props.label}
      height={height}
      draw={draw}
      over={over}
      tip={tip}
      onMove={move}
      onLeave={leave}
      onClick={() => at && line && props.onOpen?.(line.id)}
      cursor={props.onOpen && at ? "pointer" : "crosshair"}
      {...(props.onZoom
        ? {
            onDrag: (from: [number, number], now: [number, number], of: Size, done: boolean) => {
              setDrag(done ? null : [from[0], now[0]]);
              if (!done) return;
              const { sx } = place(of);
              const ends = [sx.invert(from[0]), sx.invert(now[0])].sort((a, b) => a - b);
              props.onZoom!([ends[0]!, ends[1]!]);
            },
          }
        : {})}
      onKey={(event, now) => {
        if (now.width !== size.width) setSize(now);
        const { line: l, point: p } = at ?? { line: 0, point: -1 };
        const n = lines[l]?.x.length ?? 0;
        if (event.key === "ArrowRight") setAt({ line: l, point: Math.min(n - 1, p + 1) });
        else if (event.key === "ArrowLeft") setAt({ line: l, point: Math.max(0, p - 1) });
        else if (event.key === "ArrowDown") setAt({ line: (l + 1) % lines.length, point: 0 });
        else if (event.key === "ArrowUp") setAt({ line: (l - 1 + lines.length) % lines.length, point: 0 });
        else if (event.key === "Enter" && line) props.onOpen?.(line.id);
        else if (event.key === "Escape") leave();
        else return;
        event.preventDefault();
      }}
      spec={() => linesSpec(props)}
    />
  );
}

function layout(size: Size, height: number, domains: { x: [number, number]; y: [number, number] }, logX: boolean | undefined, logY: boolean | undefined, yTitle: boolean, xTitle: boolean) {
  const frame = { left: yTitle ? 62 : 46, top: 10, right: size.width - 12, bottom: height - (xTitle ? 40 : 24) };
  const domain = ([min, max]: [number, number], log: boolean | undefined) => ({ kind: log && min > 0 ? ("log" as const) : ("linear" as const), min, max, categories: [], type: "number" });
  return { frame, sx: scaleOf(domain(domains.x, logX), [frame.left, frame.right], 0), sy: scaleOf(domain(domains.y, logY), [frame.bottom, frame.top], 0) };
}

function extents(props: LinesProps): { x: [number, number]; y: [number, number] } {
  const { lines, xDomain, logX, logY } = props;
  const x = xDomain ?? reach(lines, (line) => [line.x], logX);
  if (props.yDomain) return { x, y: props.yDomain };
  const [low, high] = reach(lines, (line) => [line.y, line.low ?? [], line.high ?? []], logY, xDomain);
  const room = (high - low) * 0.05 || Math.abs(high) * 0.05 || 0.5;
  return { x, y: logY ? [low * 0.92, high * 1.08] : [low - room, high + room] };
}

/** The least and the greatest of the lines' values, or of those above an interval of x; 0 and 1 without any. */
function reach(lines: readonly Line[], valuesOf: (line: Line) => readonly (readonly (number | null)[])[], positive?: boolean, within?: [number, number]): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const line of lines) {
    for (const values of valuesOf(line)) {
      for (let at = 0; at < values.length; at++) {
        const value = values[at];
        if (typeof value !== "number" || !Number.isFinite(value) || (positive && value <= 0)) continue;
        if (within && (line.x[at]! < within[0] || line.x[at]! > within[1])) continue;
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
  }
  return low > high ? [0, 1] : [low, high];
}

function trace(x: readonly number[], y: readonly (number | null)[], mx: (v: unknown) => number, my: (v: unknown) => number): Float64Array {
  const every = Math.max(1, Math.floor(x.length / MOST_POINTS));
  const n = Math.ceil(x.length / every);
  const out = new Float64Array(n * 2);
  for (let i = 0; i < n; i++) {
    out[i * 2] = mx(x[i * every]);
    out[i * 2 + 1] = my(y[i * every]);
  }
  return out;
}

function ribbon(line: Line, mx: (v: unknown) => number, my: (v: unknown) => number): number[] {
  const out: number[] = [];
  line.x.forEach((x, i) => out.push(mx(x), my(line.high![i])));
  for (let i = line.x.length - 1; i >= 0; i--) out.push(mx(line.x[i]), my(line.low![i]));
  return out;
}

function linesSpec(props: LinesProps): unknown {
  const values = props.lines.flatMap((line) => line.x.map((x, i) => ({ curve: line.name, x, y: line.y[i] ?? null })));
  const scale = (log: boolean | undefined) => ({ type: log ? "log" : "linear", zero: false });
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values },
    mark: { type: "line" },
    encoding: {
      x: { field: "x", type: "quantitative", title: props.xTitle ?? "x", scale: scale(props.logX) },
      y: { field: "y", type: "quantitative", title: props.yTitle ?? "value", scale: scale(props.logY) },
      color: { field: "curve", type: "nominal" },
    },
  };
}
