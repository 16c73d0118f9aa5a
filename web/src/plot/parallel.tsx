/** Every model a line over its hyperparameters to its metric; drag along an axis to brush, on any number of axes. */
import { useCallback, useMemo, useState } from "react";
import type { ChartData } from "@/api/types";
import { useDark } from "@/ui/theme";
import { clipCategory, clipText } from "./axes";
import type { Brush, Brushes } from "./brushes";
import { crossingOf, drawLines } from "./bundles";
import { categorical, type Ink } from "./colors";
import { colorBy } from "./encode";
import { Figure, type Size, type Tip } from "./figure";
import { Legend } from "./legend";
import type { Painter } from "./painter";
import { columnOf, fieldName, records } from "./scatter";
import { categoryOf, domainOf, placed, scaleOf, spoken, type Scale } from "./scale";

export interface ParallelProps {
  data: ChartData;
  axes: string[];
  color: string | null;
  height: number;
  brushes: Brushes;
  onBrushes: (brushes: Brushes, done: boolean) => void;
  onOpen?: (id: string) => void;
  hot?: string | null;
}

const TOP = 34;
const BOTTOM = 14;
/** Left and right of the axes, for what is written at the outer ones. */
const SIDE = 60;
/** Closer together the names of axes could not be read; the chart is scrolled instead. */
const APART = 96;
const WIDE_LETTER = 7.4;
/** More wait for the next frame; while an axis is dragged they are left out. */
const LINES_A_FRAME = 1500;

export function Parallel(props: ParallelProps) {
  const { data, height, brushes, onBrushes } = props;
  const dark = useDark();
  const [at, setAt] = useState<number | null>(null);
  const [dragging, setDragging] = useState(false);
  const [size, setSize] = useState<Size>({ width: 0, height });
  const color = columnOf(data, props.color);
  const encoding = useMemo(() => colorBy(color?.column ?? null, color?.values ?? [], dark, categorical(0, dark)), [color?.column, color?.values, dark]);
  const axes = useMemo(() => props.axes.flatMap((key) => columnOf(data, key) ?? []), [data, props.axes]);
  const scales = useMemo(() => axes.map(({ column, values }) => scaleOf(domainOf(column, values), [height - BOTTOM, TOP], 0)), [axes, height]);
  const crossings = useMemo(() => axes.map(({ values }, index) => crossingOf(placed(values, scales[index]!.map))), [axes, scales]);
  const place = useCallback((index: number, width: number) => SIDE + (index * (width - 2 * SIDE)) / Math.max(1, axes.length - 1), [axes.length]);
  const kept = useMemo(() => passing(data.ids.length, axes, brushes), [data.ids.length, axes, brushes]);
  const brushed = Object.keys(brushes).length > 0;

  const all = useMemo(() => Array.from({ length: data.ids.length }, (_, row) => row), [data.ids.length]);
  const lines = useCallback(
    (to: Painter, width: number, rows: readonly number[], alpha: number, flat: string | null) => {
      const x = axes.map((_, index) => place(index, width));
      drawLines(to, rows, crossings, x, alpha, flat === null ? encoding.bucket : () => 0, (bucket) => flat ?? encoding.buckets[bucket] ?? "#999");
    },
    [axes, encoding, crossings, place],
  );
  /** These rows in their colours, a part at a time, with the axes over them. */
  const colored = useCallback(
    function* (to: Painter, width: number, ink: Ink, rows: readonly number[]) {
      const parts = Math.max(1, Math.ceil(rows.length / LINES_A_FRAME));
      for (let part = 0; part < parts; part++) {
        if (part > 0) yield;
        lines(to, width, parts === 1 ? rows : rows.filter((_, index) => index % parts === part), strength(rows.length), null);
        if (part === 0 || part === parts - 1) drawAxes(to, ink, width, axes, scales, place, brushes);
      }
    },
    [lines, axes, scales, place, brushes],
  );
  const bright = useCallback((to: Painter, { width }: Size, ink: Ink) => colored(to, width, ink, all), [colored, all]);
  const faint = useCallback((to: Painter, { width }: Size, ink: Ink) => lines(to, width, all, 0.08, ink.faint), [lines, all]);
  const over = useCallback(
    function* (to: Painter, { width }: Size, ink: Ink) {
      const every = dragging ? Math.max(1, Math.ceil(kept.length / LINES_A_FRAME)) : 1;
      if (brushed) yield* colored(to, width, ink, every === 1 ? kept : kept.filter((_, index) => index % every === 0));
      const hot = at ?? (props.hot ? data.ids.indexOf(props.hot) : -1);
      if (hot >= 0) to.line(crossings.flatMap(({ y }, axis) => [place(axis, width), y[hot]!]), { color: ink.ink, width: 2.5 });
    },
    [brushed, dragging, kept, colored, place, at, props.hot, data.ids, crossings],
  );

  const axisAt = (x: number, width: number): number => {
    const index = Math.round(((x - SIDE) / Math.max(1, width - 2 * SIDE)) * (axes.length - 1));
    return index >= 0 && index < axes.length && Math.abs(place(index, width) - x) < 24 ? index : -1;
  };
  const nearestLine = (x: number, y: number, width: number): number => {
    const step = (width - 2 * SIDE) / Math.max(1, axes.length - 1);
    const left = Math.min(axes.length - 2, Math.max(0, Math.floor((x - SIDE) / step)));
    if (axes.length < 2) return -1;
    const share = (x - place(left, width)) / step;
    let [best, distance] = [-1, 8];
    for (const row of kept) {
      const d = Math.abs(crossings[left]!.y[row]! * (1 - share) + crossings[left + 1]!.y[row]! * share - y);
      if (d < distance) [distance, best] = [d, row];
    }
    return best;
  };
  const tip: Tip | null =
    at !== null && at < data.ids.length
      ? {
          x: place(axes.length - 1, size.width) - 40,
          y: crossings.at(-1)?.y[at] ?? 0,
          title: data.ids[at]!,
          pairs: axes.map(({ column, values }) => [column.name, spoken(values[at], column.type)] as const),
        }
      : null;

  return (
    <div>
      <div className="scroll-x">
        <div style={{ minWidth: 2 * SIDE + APART * (axes.length - 1) }}>
          <Figure
            label={`Parallel coordinates of ${data.ids.length} rows over ${axes.map(({ column }) => column.name).join(", ")}${brushed ? `; ${kept.length} brushed` : ""}`}
            height={height}
            draw={brushed ? faint : bright}
            over={over}
            overIsContent={brushed}
            tip={tip}
            cursor="crosshair"
            onMove={(x, y, now) => {
              if (now.width !== size.width) setSize(now);
              const row = nearestLine(x, y, now.width);
              setAt(row < 0 ? null : row);
            }}
            onLeave={() => setAt(null)}
            onDrag={(from, now, { width }, done) => {
              const axis = axisAt(from[0], width);
              if (axis < 0) return;
              setDragging(!done);
              setAt(null);
              onBrushes({ ...brushes, [axes[axis]!.column.key]: brushOf(scales[axis]!, from[1], now[1], height) }, done);
            }}
            onClick={(x, y, { width }) => {
              const axis = axisAt(x, width);
              const key = axis < 0 ? null : axes[axis]!.column.key;
              if (key !== null && key in brushes) {
                const { [key]: _, ...rest } = brushes;
                onBrushes(rest, true);
              } else if (at !== null && nearestLine(x, y, width) === at) props.onOpen?.(data.ids[at]!);
            }}
            onKey={(event) => {
              if (event.key === "Escape") onBrushes({}, true);
              else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
                const index = at === null ? -1 : kept.indexOf(at);
                setAt(kept[(index + (event.key === "ArrowRight" ? 1 : -1) + kept.length) % kept.length] ?? null);
              } else if (event.key === "Enter" && at !== null) props.onOpen?.(data.ids[at]!);
              else return;
              event.preventDefault();
            }}
            spec={() => parallelSpec(props)}
          />
        </div>
      </div>
      <Legend of={encoding.key} />
    </div>
  );
}

const strength = (n: number): number => Math.max(0.08, Math.min(0.75, 60 / Math.max(1, n)));

function brushOf(scale: Scale, a: number, b: number, height: number): Brush {
  const clamp = (y: number) => Math.min(height - BOTTOM, Math.max(TOP, y));
  const [top, bottom] = [clamp(Math.min(a, b)), clamp(Math.max(a, b))];
  if (scale.kind === "category") {
    const categories = scale.ticks(0).filter((tick) => tick.at >= top - 2 && tick.at <= bottom + 2).map((tick) => tick.text);
    return { low: 0, high: 0, categories };
  }
  const ends = [scale.invert(bottom), scale.invert(top)].sort((p, q) => p - q);
  return { low: ends[0]!, high: ends[1]!, categories: null };
}

/** The rows that lie inside every brush. */
export function passing(n: number, axes: readonly { column: { key: string }; values: readonly unknown[] }[], brushes: Brushes): number[] {
  const tests = axes.flatMap(({ column, values }) => {
    const brush = brushes[column.key];
    return brush ? [{ values, brush, names: brush.categories && new Set(brush.categories) }] : [];
  });
  const out: number[] = [];
  for (let row = 0; row < n; row++) {
    const inside = tests.every(({ values, brush, names }) => {
      const value = values[row];
      return names ? names.has(categoryOf(value)) : typeof value === "number" && value >= brush.low && value <= brush.high;
    });
    if (inside) out.push(row);
  }
  return out;
}

function drawAxes(to: Painter, ink: Ink, width: number, axes: readonly { column: { name: string; key: string } }[], scales: readonly Scale[], place: (index: number, width: number) => number, brushes: Brushes): void {
  const apart = axes.length > 1 ? place(1, width) - place(0, width) : width;
  const room = Math.max(4, Math.floor((apart - 8) / WIDE_LETTER));
  axes.forEach(({ column }, index) => {
    const x = place(index, width);
    const scale = scales[index]!;
    const [bottom, top] = scale.range;
    to.line([x, top, x, bottom], { color: ink.line, width: 1.2 });
    // Names at the ends would be cut in the middle of their axes.
    const align = index === 0 ? "left" : index === axes.length - 1 ? "right" : "center";
    to.text(clipText(column.name, room), index === 0 ? Math.max(4, x - 40) : align === "right" ? Math.min(width - 4, x + 40) : x, 12, { color: ink.ink, align, weight: 550, size: 11.5 });
    const ticks = scale.ticks(6);
    const every = Math.max(1, Math.ceil(ticks.length / Math.floor((bottom - top) / 14)));
    ticks.forEach((tick, n) => {
      if (n % every !== 0) return;
      const text = (scale.kind === "category" ? clipCategory : clipText)(tick.text, Math.max(4, Math.floor(room * 0.8)));
      // Where there is no room on the left, as beside the first axis.
      const last = index === axes.length - 1 || x - 6 - text.length * 5.6 < 0;
      to.rect(last ? x + 3 : x - 6 - text.length * 5.6, tick.at - 6, text.length * 5.6 + 3, 12, { color: ink.background, alpha: 0.75 });
      to.text(text, last ? x + 6 : x - 6, tick.at, { color: ink.quiet, align: last ? "left" : "right", size: 10 });
      to.line([x - 3, tick.at, x + 3, tick.at], { color: ink.line });
    });
    const brush = brushes[column.key];
    if (!brush) return;
    const step = (bottom - top) / Math.max(1, scale.categories.length);
    const spans = brush.categories
      ? brush.categories.map((name) => [scale.map(name) - step / 2, scale.map(name) + step / 2] as const)
      : [[scale.map(brush.high), scale.map(brush.low)] as const];
    for (const [from, until] of spans) to.rect(x - 7, from, 14, until - from, { color: ink.accent, alpha: 0.25 }, { color: ink.accent });
  });
}

/** The same lines as a Vega-Lite specification: one normalised value per axis. */
function parallelSpec(props: ParallelProps): unknown {
  const keys = props.axes.map(fieldName);
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values: records(props.data) },
    transform: [
      { window: [{ op: "row_number", as: "row" }] },
      { fold: keys },
      { joinaggregate: [{ op: "min", field: "value", as: "low" }, { op: "max", field: "value", as: "high" }], groupby: ["key"] },
      { calculate: "(datum.value - datum.low) / (datum.high - datum.low)", as: "place" },
    ],
    mark: { type: "line", opacity: 0.4 },
    encoding: {
      x: { field: "key", type: "nominal", sort: keys, title: null },
      y: { field: "place", type: "quantitative", axis: null },
      detail: { field: "row", type: "nominal" },
      ...(props.color ? { color: { field: fieldName(props.color), type: "quantitative", scale: { scheme: "viridis" } } } : {}),
    },
  };
}
