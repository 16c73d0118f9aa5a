/** A metric by one or two columns: bars of an aggregate, boxes of the distribution, a heat map over two. */
import { useCallback, useMemo, useState } from "react";
import type { ChartData, TableColumn } from "@/api/types";
import { number } from "@/lib/format";
import { aggregate, box, type Aggregate, type Box } from "@/lib/stats";
import { useDark } from "@/ui/theme";
import { clipText, drawXAxis, drawYAxis } from "./axes";
import { categorical, onRamp, ramp, type Ink } from "./colors";
import { ranked } from "./encode";
import { Figure, type Size, type Tip } from "./figure";
import { Legend } from "./legend";
import type { Painter } from "./painter";
import { categoryOf, domainOf, isNumeric, scaleOf } from "./scale";
import { columnOf, fieldName, records } from "./scatter";

export type GroupedKind = "bar" | "box" | "heat";

export interface GroupedProps {
  data: ChartData;
  kind: GroupedKind;
  by: string;
  and: string | null;
  metric: string;
  how: Aggregate;
  height: number;
  onPick?: (conditions: { key: string; values: unknown[]; range: [number, number] | null }[]) => void;
}

interface Bin {
  text: string;
  values: unknown[];
  range: [number, number] | null;
}

/** The groups of a column: its values; for a number with many, at most ten ranges. */
export function bins(column: TableColumn, values: readonly unknown[]): { bins: Bin[]; of: (value: unknown) => number } {
  const distinct = new Map<string, unknown>();
  for (const value of values) distinct.set(categoryOf(value), value ?? null);
  if (isNumeric(column) && distinct.size > 12) return ranges(column, values);
  const order = [...distinct].sort((a, b) =>
    typeof a[1] === "number" && typeof b[1] === "number" ? a[1] - b[1] : Number(a[1] === null) - Number(b[1] === null) || a[0].localeCompare(b[0], undefined, { numeric: true }),
  );
  const shown = order.length > 40 ? new Set(ranked(values).slice(0, 40).map(([name]) => name)) : null;
  const kept = shown ? order.filter(([name]) => shown.has(name)) : order;
  const place = new Map(kept.map(([name], index) => [name, index]));
  return { bins: kept.map(([text, value]) => ({ text, values: [value], range: null })), of: (value) => place.get(categoryOf(value)) ?? -1 };
}

function ranges(column: TableColumn, values: readonly unknown[]): ReturnType<typeof bins> {
  const domain = domainOf(column, values);
  const scale = scaleOf(domain, [0, 10], 0);
  const edges = Array.from({ length: 11 }, (_, index) => scale.invert(index));
  return {
    bins: edges.slice(0, -1).map((low, index) => ({ text: `${number(low, 3)}–${number(edges[index + 1]!, 3)}`, values: [], range: [low, edges[index + 1]!] })),
    of: (value) => {
      const at = scale.map(value);
      return Number.isNaN(at) ? -1 : Math.min(9, Math.max(0, Math.floor(at)));
    },
  };
}

export function Grouped(props: GroupedProps) {
  const { data, kind, how, height, onPick } = props;
  const dark = useDark();
  const by = columnOf(data, props.by);
  const and = props.and === props.by ? null : columnOf(data, props.and);
  const metric = columnOf(data, props.metric);
  const [at, setAt] = useState<[number, number] | null>(null);
  const [size, setSize] = useState<Size>({ width: 0, height });
  const groups = useMemo(() => {
    if (!by || !metric) return null;
    const first = bins(by.column, by.values);
    const second = and ? bins(and.column, and.values) : { bins: [{ text: "", values: [], range: null }] as Bin[], of: () => 0 };
    const seconds = kind === "heat" ? second : limitBins(second, 8);
    const cells: number[][][] = first.bins.map(() => seconds.bins.map(() => []));
    metric.values.forEach((y, row) => {
      if (typeof y !== "number") return;
      const [i, j] = [first.of(by.values[row]), seconds.of(and?.values[row])];
      if (i >= 0 && j >= 0) cells[i]![j]!.push(y);
    });
    const values = cells.map((row) => row.map((cell) => (cell.length || how === "count" ? aggregate(cell, how) : Number.NaN)));
    return { first: first.bins, second: seconds.bins, cells, values, boxes: kind === "box" ? cells.map((row) => row.map((cell) => (cell.length ? box(cell) : null))) : null };
  }, [by, and, metric, how, kind]);

  const geometry = useCallback(
    ({ width }: Size) => {
      const left = kind === "heat" ? 96 : 60;
      const frame = { left, top: 10, right: width - 10, bottom: height - 42 };
      const n = groups?.first.length ?? 1;
      const m = groups?.second.length ?? 1;
      const step = (frame.right - frame.left) / n;
      const rise = (frame.bottom - frame.top) / m;
      return { frame, step, rise, n, m };
    },
    [groups, height, kind],
  );
  const domain = useMemo(() => (groups ? extent(groups.values, groups.boxes, kind) : [0, 1]), [groups, kind]) as [number, number];
  const scaleY = useCallback(
    (size: Size) => {
      const { frame } = geometry(size);
      return scaleOf({ kind: "linear", min: domain[0], max: domain[1], categories: [], type: "number" }, [frame.bottom, frame.top], 0);
    },
    [geometry, domain],
  );
  const draw = useCallback(
    (to: Painter, size: Size, ink: Ink) => {
      if (!groups || !by || !metric) return;
      const { frame, step, rise, m } = geometry(size);
      const names = { kind: "category" as const, min: 0, max: 0, categories: groups.first.map((bin) => bin.text), type: "text" };
      if (kind === "heat") {
        drawHeat(to, ink, groups, frame, step, rise, domain);
        const up = { ...names, categories: groups.second.map((bin) => bin.text) };
        drawYAxis(to, ink, frame, scaleOf(up, [frame.bottom, frame.top]), and?.column.name ?? "");
      } else {
        const sy = scaleY(size);
        drawYAxis(to, ink, frame, sy, kind === "bar" ? `${how} ${metric.column.name}` : metric.column.name);
        groups.first.forEach((_, i) =>
          groups.second.forEach((_, j) => {
            const color = and ? categorical(j, ink.dark) : categorical(0, ink.dark);
            const width = Math.min(46, (step * 0.78) / m);
            const x = frame.left + step * (i + 0.5) + (j - m / 2) * width;
            if (kind === "box") {
              const one = groups.boxes?.[i]?.[j];
              if (one) drawBox(to, ink, one, x + 1, width - 2, (v) => sy.map(v), color);
            } else {
              const value = groups.values[i]![j]!;
              if (!Number.isNaN(value)) {
                const zero = sy.map(Math.min(Math.max(0, domain[0]), domain[1]));
                const top = sy.map(value);
                to.rect(x, Math.min(zero, top), Math.max(1, width - 1), Math.abs(zero - top), { color, alpha: 0.85 });
              }
            }
          }),
        );
      }
      drawXAxis(to, ink, frame, scaleOf(names, [frame.left, frame.right]), by.column.name);
    },
    [groups, by, and, metric, geometry, kind, how, domain, scaleY],
  );
  const over = useCallback(
    (to: Painter, size: Size, ink: Ink) => {
      if (!at) return;
      const { frame, step, rise } = geometry(size);
      const y = kind === "heat" ? frame.bottom - rise * (at[1] + 1) : frame.top;
      to.rect(frame.left + step * at[0], y, step, kind === "heat" ? rise : frame.bottom - frame.top, kind === "heat" ? null : { color: ink.ink, alpha: 0.05 }, kind === "heat" ? { color: ink.ink, width: 1.5 } : undefined);
    },
    [at, geometry, kind],
  );
  const find = (x: number, y: number, size: Size): [number, number] | null => {
    const { frame, step, rise, n, m } = geometry(size);
    const i = Math.floor((x - frame.left) / step);
    if (i < 0 || i >= n || y < frame.top || y > frame.bottom) return null;
    if (kind === "heat") return [i, Math.min(m - 1, Math.max(0, Math.floor((frame.bottom - y) / rise)))];
    const width = Math.min(46, (step * 0.78) / m);
    return [i, Math.min(m - 1, Math.max(0, Math.floor((x - (frame.left + step * (i + 0.5)) + (m / 2) * width) / width)))];
  };
  const cell = at && groups?.cells[at[0]]?.[at[1]];
  const tip: Tip | null = at && cell && groups ? tipOf(at, groups, cell, by?.column.name ?? "", and?.column.name, geometry(size), kind, metric?.column.name ?? "") : null;
  if (!groups) return <p className="muted small">Choose a column to group by.</p>;
  return (
    <div>
      <Figure
        label={`${how} of ${metric?.column.name ?? ""} by ${by?.column.name ?? ""}${and ? ` and ${and.column.name}` : ""}`}
        height={height}
        draw={draw}
        over={over}
        tip={tip}
        cursor={onPick && at ? "pointer" : "default"}
        onMove={(x, y, now) => {
          if (now.width !== size.width) setSize(now);
          const next = find(x, y, now);
          if (next?.[0] !== at?.[0] || next?.[1] !== at?.[1]) setAt(next);
        }}
        onLeave={() => setAt(null)}
        onClick={(x, y, now) => {
          const found = find(x, y, now);
          if (found && onPick && by) {
            const picked = [{ key: by.column.key, ...groups.first[found[0]]! }];
            if (and) picked.push({ key: and.column.key, ...groups.second[found[1]]! });
            onPick(picked.map(({ key, values, range }) => ({ key, values, range })));
          }
        }}
        onKey={(event) => {
          const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
          if (!step) return;
          event.preventDefault();
          const [i, j] = at ?? [-1, 0];
          const wrap = (value: number, n: number) => (value + n) % n;
          setAt([wrap(i + step[0]!, groups.first.length), wrap(j + step[1]!, groups.second.length)]);
        }}
        spec={() => groupedSpec(props)}
      />
      {kind === "heat" ? (
        <Legend of={{ title: `${how} ${metric?.column.name ?? ""}`, ramp: { low: number(domain[0]), high: number(domain[1]) }, entries: [] }} />
      ) : (
        and && <Legend of={{ title: and.column.name, ramp: null, entries: groups.second.map((bin, j) => ({ text: bin.text, color: categorical(j, dark), count: groups.cells.reduce((sum, row) => sum + row[j]!.length, 0) })) }} />
      )}
    </div>
  );
}

type Groups = { first: Bin[]; second: Bin[]; cells: number[][][]; values: number[][]; boxes: (Box | null)[][] | null };

function limitBins(of: ReturnType<typeof bins>, most: number): ReturnType<typeof bins> {
  if (of.bins.length <= most) return of;
  return { bins: of.bins.slice(0, most), of: (value) => (of.of(value) < most ? of.of(value) : -1) };
}

function extent(values: number[][], boxes: (Box | null)[][] | null, kind: GroupedKind): [number, number] {
  const all = boxes ? boxes.flat().flatMap((one) => (one ? [one.min, one.max] : [])) : values.flat().filter((value) => !Number.isNaN(value));
  if (all.length === 0) return [0, 1];
  let [low, high] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  if (kind === "heat") return [low, high];
  const room = (high - low) * 0.08 || Math.abs(high) * 0.1 || 1;
  // Bars of values far from zero that hardly differ say nothing from zero up; then they begin below the lowest.
  const nearZero = kind === "bar" && (low <= 0 || high - low > high * 0.35);
  low = kind === "bar" && nearZero ? Math.min(0, low) : low - room;
  return [low, high + room * 0.6];
}

function drawHeat(to: Painter, ink: Ink, groups: Groups, frame: { left: number; bottom: number }, step: number, rise: number, [low, high]: [number, number]): void {
  groups.first.forEach((_, i) =>
    groups.second.forEach((_, j) => {
      const value = groups.values[i]![j]!;
      const [x, y] = [frame.left + step * i, frame.bottom - rise * (j + 1)];
      if (Number.isNaN(value)) {
        to.rect(x + 1, y + 1, step - 2, rise - 2, { color: ink.soft });
        return;
      }
      const share = high === low ? 1 : (value - low) / (high - low);
      to.rect(x + 1, y + 1, step - 2, rise - 2, { color: ramp(share, ink.dark) });
      if (step > 42 && rise > 15) to.text(number(value, 3), x + step / 2, y + rise / 2, { color: onRamp(share, ink.dark), align: "center", size: 10.5 });
    }),
  );
}

function drawBox(to: Painter, ink: Ink, one: Box, x: number, width: number, y: (value: number) => number, color: string): void {
  const middle = x + width / 2;
  to.line([middle, y(one.low), middle, y(one.q1)], { color: ink.quiet });
  to.line([middle, y(one.q3), middle, y(one.high)], { color: ink.quiet });
  to.rect(x, y(one.q3), width, Math.max(1, y(one.q1) - y(one.q3)), { color, alpha: 0.35 }, { color, width: 1.2 });
  to.line([x, y(one.median), x + width, y(one.median)], { color: ink.ink, width: 1.6 });
  to.marks(one.outliers.flatMap((value) => [middle, y(value)]), "circle", 1.8, { color, alpha: 0.7 });
}

function tipOf(at: [number, number], groups: Groups, cell: number[], by: string, and: string | undefined, geometry: { frame: { left: number; top: number; bottom: number }; step: number; rise: number }, kind: GroupedKind, metric: string): Tip {
  const { frame, step, rise } = geometry;
  const stat = (how: Aggregate) => number(aggregate(cell, how));
  return {
    x: frame.left + step * (at[0] + 0.5),
    y: kind === "heat" ? frame.bottom - rise * (at[1] + 0.5) : frame.top + 30,
    title: clipText(metric, 40),
    pairs: [
      [by, groups.first[at[0]]!.text],
      ...(and ? [[and, groups.second[at[1]]!.text] as const] : []),
      ["rows", String(cell.length)],
      ...(cell.length ? ([["mean", stat("mean")], ["median", stat("median")], ["min", stat("min")], ["max", stat("max")]] as const) : []),
    ],
  };
}

function groupedSpec(props: GroupedProps): unknown {
  const [by, and, y] = [fieldName(props.by), props.and && fieldName(props.and), fieldName(props.metric)];
  const how = props.how === "std" ? "stdev" : props.how;
  const common = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", data: { values: records(props.data) } };
  if (props.kind === "heat") {
    return { ...common, mark: "rect", encoding: { x: { field: by, type: "ordinal" }, y: { field: and, type: "ordinal" }, color: { aggregate: how, field: y, type: "quantitative" } } };
  }
  const color = and ? { color: { field: and, type: "nominal" }, xOffset: { field: and } } : {};
  if (props.kind === "box") return { ...common, mark: "boxplot", encoding: { x: { field: by, type: "ordinal" }, y: { field: y, type: "quantitative", scale: { zero: false } }, ...color } };
  return { ...common, mark: "bar", encoding: { x: { field: by, type: "ordinal" }, y: { aggregate: how, field: y, type: "quantitative" }, ...color } };
}
