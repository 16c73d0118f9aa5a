/** Anything against anything, coloured and shaped by anything; ten thousand points on a canvas. */
import { useCallback, useMemo, useState } from "react";
import type { ChartData, TableColumn } from "@/api/types";
import { clipText, drawXAxis, drawYAxis, type Frame } from "./axes";
import { colorBy, shapeBy, type Encoding, type ShapeKey } from "./encode";
import { Figure, type Size, type Tip } from "./figure";
import { Legend } from "./legend";
import { domainOf, placed, scaleOf, spoken, type Scale } from "./scale";
import type { Painter, Shape } from "./painter";
import { useDark } from "@/ui/theme";
import { categorical, type Ink } from "./colors";

export interface Brush {
  x: [number, number] | null;
  y: [number, number] | null;
}

export interface ScatterProps {
  data: ChartData;
  x: string;
  y: string;
  color?: string | null;
  shape?: string | null;
  height: number;
  logX?: boolean | null;
  logY?: boolean | null;
  /** Which directions a drag selects in. */
  brush?: "x" | "xy";
  onBrush?: (brush: Brush) => void;
  onOpen?: (id: string) => void;
  onHover?: (id: string | null) => void;
  onPickColor?: (value: string) => void;
  hot?: string | null;
  /** The best so far along x as a stepped line: 1 when higher is better, -1 when lower. */
  frontier?: 1 | -1 | null;
  /** A line to read the points against: where both are equal, or where y is nothing. */
  guide?: "equal" | "zero";
  /** Columns that are only told about a point. */
  also?: readonly string[];
  titles?: boolean;
  legend?: boolean;
  name?: (index: number) => string;
}

export function columnOf(data: ChartData, key: string | null | undefined): { column: TableColumn; values: unknown[] } | null {
  const index = key ? data.columns.findIndex((column) => column.key === key) : -1;
  return index < 0 ? null : { column: data.columns[index]!, values: data.values[index]! };
}

interface Layout {
  frame: Frame;
  sx: Scale;
  sy: Scale;
  px: Float64Array;
  py: Float64Array;
  /** The ends of the guide. */
  guide: number[];
}

const EMPTY: unknown[] = [];
/** Points from which on they are drawn small. */
const MANY = 3000;

export function Scatter(props: ScatterProps) {
  const { data, height, onBrush, onOpen, onHover } = props;
  const dark = useDark();
  const x = columnOf(data, props.x);
  const y = columnOf(data, props.y);
  const color = columnOf(data, props.color);
  const shape = columnOf(data, props.shape);
  const [at, setAt] = useState<number | null>(null);
  const [drag, setDrag] = useState<[[number, number], [number, number]] | null>(null);
  const encoding = useMemo(
    () => colorBy(color?.column ?? null, color?.values ?? EMPTY, dark, categorical(0, dark)),
    [color?.column, color?.values, dark],
  );
  const shapes = useMemo(() => shapeBy(shape?.column ?? null, shape?.values ?? EMPTY), [shape?.column, shape?.values]);
  const layout = useLayout(x, y, props);
  const batches = useMemo(() => batch(data.ids.length, encoding, shapes), [data.ids.length, encoding, shapes]);
  const many = data.ids.length > MANY;
  const shaped = shape !== null;
  const radius = many ? 2.2 : data.ids.length > 400 ? 3 : 4;
  const titles = props.titles !== false;

  const draw = useCallback(
    (to: Painter, size: Size, ink: Ink) => {
      const { frame, sx, sy, px, py, guide } = layout(size);
      drawYAxis(to, ink, frame, sy, titles ? (y?.column.name ?? "") : "");
      drawXAxis(to, ink, frame, sx, titles ? (x?.column.name ?? "") : "");
      if (guide.length > 0) to.line(guide, { color: ink.faint, dash: [4, 4] });
      if (props.frontier) to.line(frontier(px, py, props.frontier), { color: ink.faint, width: 1.2, dash: [4, 3] });
      for (const { bucket, shape: mark, rows } of batches) {
        const points = new Float64Array(rows.length * 2);
        rows.forEach((row, index) => {
          points[index * 2] = px[row]!;
          points[index * 2 + 1] = py[row]!;
        });
        // So small, a square looks like a circle; it takes a third of the time.
        to.marks(points, many && !shaped ? "square" : mark, radius, { color: encoding.buckets[bucket] ?? ink.faint, alpha: data.ids.length > 2000 ? 0.55 : 0.8 });
      }
    },
    [layout, batches, encoding, many, shaped, radius, titles, x?.column.name, y?.column.name, props.frontier, data.ids.length],
  );

  const hotIndex = at ?? (props.hot ? data.ids.indexOf(props.hot) : -1);
  const over = useCallback(
    (to: Painter, size: Size, ink: Ink) => {
      const { frame, px, py } = layout(size);
      if (drag) {
        const [[x0, y0], [x1, y1]] = drag;
        const flat = props.brush === "x";
        const [left, right] = [Math.max(frame.left, Math.min(x0, x1)), Math.min(frame.right, Math.max(x0, x1))];
        const [top, bottom] = flat ? [frame.top, frame.bottom] : [Math.max(frame.top, Math.min(y0, y1)), Math.min(frame.bottom, Math.max(y0, y1))];
        to.rect(left, top, right - left, bottom - top, { color: ink.accent, alpha: 0.12 }, { color: ink.accent, alpha: 0.6 });
      }
      if (hotIndex >= 0 && !Number.isNaN(px[hotIndex]!)) {
        to.marks([px[hotIndex]!, py[hotIndex]!], shapes.shape(hotIndex), radius + 2.5, { color: encoding.color(hotIndex) ?? ink.faint }, { color: ink.ink, width: 1.5 });
      }
    },
    [layout, drag, hotIndex, shapes, encoding, radius, props.brush],
  );

  const find = (mx: number, my: number, size: Size): number => {
    const { px, py } = layout(size);
    let best = -1;
    let nearest = 18 ** 2;
    for (let i = 0; i < px.length; i++) {
      const d = (px[i]! - mx) ** 2 + (py[i]! - my) ** 2;
      if (d < nearest) [nearest, best] = [d, i];
    }
    return best;
  };
  const hover = (index: number): void => {
    const next = index < 0 ? null : index;
    if (next === at) return;
    setAt(next);
    onHover?.(next === null ? null : data.ids[next]!);
  };
  const [size, setSize] = useState<Size>({ width: 0, height });
  const tip: Tip | null =
    at !== null && size.width > 0 && at < data.ids.length
      ? {
          x: layout(size).px[at]!,
          y: layout(size).py[at]!,
          title: props.name?.(at) ?? data.ids[at]!,
          pairs: [y, x, color, shape, ...(props.also ?? []).map((key) => columnOf(data, key))]
            .filter((one, index, all) => one !== null && all.findIndex((other) => other?.column.key === one.column.key) === index)
            .map((one) => [one!.column.name, spoken(one!.values[at], one!.column.type)] as const),
        }
      : null;

  return (
    <div>
      <Figure
        label={`${y?.column.name ?? props.y} against ${x?.column.name ?? props.x}, ${data.ids.length} points`}
        height={height}
        draw={draw}
        over={over}
        tip={tip}
        cursor={at !== null ? "pointer" : onBrush ? "crosshair" : "default"}
        onMove={(mx, my, now) => {
          if (now.width !== size.width) setSize(now);
          hover(find(mx, my, now));
        }}
        onLeave={() => hover(-1)}
        onClick={(mx, my, now) => {
          const index = find(mx, my, now);
          if (index >= 0) onOpen?.(data.ids[index]!);
        }}
        {...(onBrush
          ? {
              onDrag: (from: [number, number], now: [number, number], of: Size, done: boolean) => {
                setDrag(done ? null : [from, now]);
                if (!done) return;
                const { sx, sy } = layout(of);
                onBrush({ x: interval(sx, from[0], now[0]), y: props.brush === "x" ? null : interval(sy, from[1], now[1]) });
              },
            }
          : {})}
        onKey={(event, now) => {
          if (now.width !== size.width) setSize(now);
          const order = sortedByX(layout(now).px);
          const place = at === null ? -1 : order.indexOf(at);
          if (event.key === "ArrowRight") hover(order[Math.min(order.length - 1, place + 1)] ?? -1);
          else if (event.key === "ArrowLeft") hover(order[Math.max(0, place - 1)] ?? -1);
          else if (event.key === "Enter" && at !== null) onOpen?.(data.ids[at]!);
          else if (event.key === "Escape") hover(-1);
          else return;
          event.preventDefault();
        }}
        spec={() => scatterSpec(props)}
      />
      {props.legend !== false && <Legend of={encoding.key} shapes={shapes} {...(props.onPickColor ? { onPick: props.onPickColor } : {})} />}
    </div>
  );
}

function useLayout(
  x: ReturnType<typeof columnOf>,
  y: ReturnType<typeof columnOf>,
  props: ScatterProps,
): (size: Size) => Layout {
  const { logX = null, logY = null, titles, guide } = props;
  return useMemo(() => {
    const dx = x && domainOf(x.column, x.values, logX);
    const read = dx && guide === "equal" ? [dx.min, dx.max] : guide === "zero" ? [0, 0] : [];
    const dy = y && domainOf(y.column, read.length > 0 ? [...y.values, ...read] : y.values, logY);
    let last: { width: number; height: number; layout: Layout } | null = null;
    return (size: Size) => {
      if (last && last.width === size.width && last.height === size.height) return last.layout;
      const wide = dy?.kind === "category" ? 84 : 52;
      const frame = { left: titles === false ? wide - 10 : wide + 8, top: 8, right: size.width - 10, bottom: size.height - (titles === false ? 22 : 40) };
      const empty = { kind: "linear" as const, min: 0, max: 1, categories: [], type: "number" };
      const sx = scaleOf(dx ?? empty, [frame.left, frame.right], 0.02);
      const sy = scaleOf(dy ?? empty, [frame.bottom, frame.top], 0.05);
      const jitter = (scale: Scale, index: number): number =>
        scale.kind === "category" ? ((((index * 2654435761) >>> 0) / 2 ** 32 - 0.5) * 0.5 * Math.abs(scale.range[1] - scale.range[0])) / Math.max(1, scale.categories.length) : 0;
      const px = placed(x?.values ?? [], (value, index) => sx.map(value) + jitter(sx, index));
      const py = placed(y?.values ?? [], (value, index) => sy.map(value) + jitter(sy, index + 7));
      const ends = dx ? read.flatMap((value, index) => [sx.map(index === 0 ? dx.min : dx.max), sy.map(value)]) : [];
      last = { ...size, layout: { frame, sx, sy, px, py, guide: ends } };
      return last.layout;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [x?.values, y?.values, x?.column, y?.column, logX, logY, titles, guide]);
}

interface Batch {
  bucket: number;
  shape: Shape;
  rows: number[];
}

/** Rows that look the same, so that each look is one path; the brightest last, on top. */
function batch(n: number, encoding: Encoding, shapes: ShapeKey): Batch[] {
  const found = new Map<string, Batch>();
  for (let row = 0; row < n; row++) {
    const [bucket, shape] = [encoding.bucket(row), shapes.shape(row)];
    const key = `${bucket}/${shape}`;
    const one = found.get(key);
    if (one) one.rows.push(row);
    else found.set(key, { bucket, shape, rows: [row] });
  }
  return [...found.values()].sort((a, b) => (encoding.key.ramp ? a.bucket - b.bucket : b.rows.length - a.rows.length));
}

function interval(scale: Scale, a: number, b: number): [number, number] | null {
  const clamp = (pixel: number) => Math.min(Math.max(pixel, Math.min(...scale.range)), Math.max(...scale.range));
  const ends = [scale.invert(clamp(a)), scale.invert(clamp(b))].sort((p, q) => p - q);
  return [ends[0]!, ends[1]!];
}

function sortedByX(px: Float64Array): number[] {
  return [...px.keys()].filter((index) => !Number.isNaN(px[index]!)).sort((a, b) => px[a]! - px[b]!);
}

/** Steps through the best value so far; pixels grow downwards. */
function frontier(px: Float64Array, py: Float64Array, direction: 1 | -1): number[] {
  const points: number[] = [];
  let best = Number.NaN;
  for (const index of sortedByX(px)) {
    const value = py[index]!;
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(best) || (direction === 1 ? value < best : value > best)) {
      if (points.length) points.push(px[index]!, best);
      best = value;
      points.push(px[index]!, best);
    }
  }
  return points;
}

/** The same chart as a Vega-Lite specification with its data in it. */
export function scatterSpec(props: Pick<ScatterProps, "data" | "x" | "y" | "color" | "shape" | "logX" | "logY">): unknown {
  const { data } = props;
  const channel = (key: string | null | undefined, log: boolean | null | undefined) => {
    const found = columnOf(data, key);
    if (!found) return undefined;
    const { column } = found;
    const type = column.type === "time" ? "temporal" : column.type === "number" || column.type === "duration" || column.type === "bytes" ? "quantitative" : "nominal";
    const scale = type === "quantitative" ? { scale: { type: (log ?? column.log_scale) ? "log" : "linear", zero: false } } : {};
    return { field: fieldName(column.key), type, title: clipText(column.name, 60), ...scale };
  };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values: records(data) },
    mark: { type: "point", filled: true, tooltip: true },
    encoding: { x: channel(props.x, props.logX), y: channel(props.y, props.logY), color: channel(props.color, null), shape: channel(props.shape, null) },
  };
}

/** Vega reads dots and brackets in a field's name as a path. */
export const fieldName = (key: string): string => key.replace(/[.[\]\\'"]/g, "_");

export function records(data: ChartData): Record<string, unknown>[] {
  const names = data.columns.map((column) => fieldName(column.key));
  return data.ids.map((id, row) => {
    const out: Record<string, unknown> = { id };
    data.columns.forEach((column, index) => {
      const value = data.values[index]![row];
      out[names[index]!] = column.type === "time" && typeof value === "number" ? value * 1000 : (value ?? null);
    });
    return out;
  });
}
