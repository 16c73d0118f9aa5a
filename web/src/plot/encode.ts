/** Colour and shape by a column: what scatter plots, parallel coordinates and curves share. */
import { number } from "@/lib/format";
import type { TableColumn } from "@/api/types";
import { categorical, ramp } from "./colors";
import { SHAPES, type Shape } from "./painter";
import { categoryOf, domainOf, isNumeric, NONE, spoken } from "./scale";

export interface ColorKey {
  title: string;
  /** A ramp from low to high, or one entry per category. */
  ramp: { low: string; high: string } | null;
  entries: { text: string; color: string; count: number }[];
}

export interface Encoding {
  /** The colour of the n-th row; null when the value is missing. */
  color: (index: number) => string | null;
  /** A number that equal colours share, for drawing by batches. */
  bucket: (index: number) => number;
  buckets: string[];
  key: ColorKey;
}

const STEPS = 24;
const MOST = 9;

/** Colours for the rows of a column; without one, a single colour. */
export function colorBy(column: TableColumn | null, values: readonly unknown[], dark: boolean, only: string): Encoding {
  if (column === null) {
    return { color: () => only, bucket: () => 0, buckets: [only], key: { title: "", ramp: null, entries: [] } };
  }
  if (isNumeric(column) && column.distinct > 6) return byNumber(column, values, dark);
  return byCategory(column, values, dark);
}

function byNumber(column: TableColumn, values: readonly unknown[], dark: boolean): Encoding {
  const domain = domainOf(column, values);
  const log = domain.kind === "log";
  const place = (value: number) => (log ? Math.log(value) : value);
  const [low, high] = [place(domain.min), place(domain.max)];
  const buckets = Array.from({ length: STEPS }, (_, index) => ramp(index / (STEPS - 1), dark));
  const bucket = (index: number): number => {
    const value = values[index];
    if (typeof value !== "number" || (log && value <= 0)) return -1;
    return high === low ? STEPS - 1 : Math.round(((place(value) - low) / (high - low)) * (STEPS - 1));
  };
  const end = (value: number): string => (column.type === "number" ? number(value) : spoken(value, column.type));
  return {
    bucket,
    buckets,
    color: (index) => buckets[bucket(index)] ?? null,
    key: { title: column.name, ramp: { low: end(domain.min), high: end(domain.max) }, entries: [] },
  };
}

function byCategory(column: TableColumn, values: readonly unknown[], dark: boolean): Encoding {
  const names = ranked(values);
  const shown = names.slice(0, MOST);
  const place = new Map(shown.map(([name], index) => [name, index]));
  const rest = names.length > MOST;
  const other = dark ? "#7d8694" : "#9aa2ae";
  const buckets = [...shown.map((_, index) => categorical(index, dark)), ...(rest ? [other] : [])];
  const bucket = (index: number): number => {
    const name = categoryOf(values[index]);
    return place.get(name) ?? (rest ? MOST : -1);
  };
  const entries = shown.map(([text, count], index) => ({ text, count, color: buckets[index]! }));
  if (rest) entries.push({ text: `${names.length - MOST} others`, count: names.slice(MOST).reduce((sum, [, n]) => sum + n, 0), color: other });
  return { bucket, buckets, color: (index) => buckets[bucket(index)] ?? null, key: { title: column.name, ramp: null, entries } };
}

/** Categories by how often they occur; "none" last. */
export function ranked(values: readonly unknown[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) {
    const name = categoryOf(value);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => Number(a[0] === NONE) - Number(b[0] === NONE) || b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

export interface ShapeKey {
  shape: (index: number) => Shape;
  entries: { text: string; shape: Shape }[];
}

/** Shapes for the rows of a column; from the sixth category on they are all stars. */
export function shapeBy(column: TableColumn | null, values: readonly unknown[]): ShapeKey {
  if (column === null) return { shape: () => "circle", entries: [] };
  const names = ranked(values).map(([name]) => name);
  const place = new Map(names.map((name, index) => [name, SHAPES[Math.min(index, SHAPES.length - 1)]!]));
  return {
    shape: (index) => place.get(categoryOf(values[index])) ?? "star",
    entries: names.slice(0, SHAPES.length).map((text, index) => ({ text: index === SHAPES.length - 1 && names.length > SHAPES.length ? "others" : text, shape: SHAPES[index]! })),
  };
}
