/** From values to pixels: numbers, logarithms, times and categories behind one interface. */
import { scaleLinear, scaleLog, scaleTime } from "d3-scale";
import type { TableColumn } from "@/api/types";
import { date, duration, bytes, number, value as valueText } from "@/lib/format";

export interface Tick {
  at: number;
  text: string;
}

export interface Scale {
  kind: "linear" | "log" | "time" | "category";
  /** NaN for what has no place: missing values, and zero or less on a logarithmic axis. */
  map: (value: unknown) => number;
  /** The value at a pixel; for categories, the index. */
  invert: (pixel: number) => number;
  ticks: (count: number) => Tick[];
  /** For categories, in order. */
  categories: string[];
  range: [number, number];
}

export interface Domain {
  kind: Scale["kind"];
  min: number;
  max: number;
  categories: string[];
  type: string;
}

export const isNumeric = (column: Pick<TableColumn, "type">): boolean => ["number", "time", "duration", "bytes"].includes(column.type);

/** What a column's axis covers; `log` null means: when its numbers span two decades. */
export function domainOf(column: Pick<TableColumn, "type" | "log_scale">, values: readonly unknown[], log: boolean | null = null): Domain {
  if (isNumeric(column)) {
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const wantLog = log ?? column.log_scale;
    let positive = Number.POSITIVE_INFINITY;
    for (const value of values) {
      if (typeof value !== "number") continue;
      if (value < min) min = value;
      if (value > max) max = value;
      if (value > 0 && value < positive) positive = value;
    }
    if (min > max) [min, max] = [0, 1];
    const useLog = wantLog && positive < Number.POSITIVE_INFINITY && column.type !== "time";
    return { kind: column.type === "time" ? "time" : useLog ? "log" : "linear", min: useLog ? positive : min, max, categories: [], type: column.type };
  }
  const categories = [...new Set([...new Set(values)].map(categoryOf))].sort(inOrder);
  return { kind: "category", min: 0, max: categories.length - 1, categories, type: column.type };
}

const collator = new Intl.Collator(undefined, { numeric: true });

/** Numbers by their size, also as text: to a collator 0.1, 0.01 and 0.001 are equal. */
function inOrder(a: string, b: string): number {
  const by = Number(a) - Number(b);
  return Number.isNaN(by) ? collator.compare(a, b) : by;
}

export const NONE = "none";

export function categoryOf(value: unknown): string {
  return value === null || value === undefined ? NONE : valueText(value);
}

/** The scale of a domain over these pixels. `pad` keeps marks off the edges (a share of the length). */
export function scaleOf(domain: Domain, range: [number, number], pad = 0.04): Scale {
  const [from, to] = range;
  const inset = (to - from) * pad;
  const inner: [number, number] = [from + inset, to - inset];
  if (domain.kind === "category") return categoryScale(domain.categories, range);
  const [low, high] = domain.min === domain.max ? widen(domain) : [domain.min, domain.max];
  if (domain.kind === "log") {
    const scale = scaleLog().domain([low, high]).range(inner);
    return {
      kind: "log",
      map: (value) => (typeof value === "number" && value > 0 ? scale(value) : Number.NaN),
      invert: (pixel) => scale.invert(pixel),
      ticks: (count) => logTicks(low, high, count).map((value) => ({ at: scale(value), text: number(value, 3) })),
      categories: [],
      range,
    };
  }
  if (domain.kind === "time") {
    const scale = scaleTime().domain([new Date(low * 1000), new Date(high * 1000)]).range(inner);
    return {
      kind: "time",
      map: (value) => (typeof value === "number" ? scale(value * 1000) : Number.NaN),
      invert: (pixel) => scale.invert(pixel).getTime() / 1000,
      ticks: (count) => {
        const found = scale.ticks(Math.min(count, 7));
        const step = found.length > 1 ? found[1]!.getTime() - found[0]!.getTime() : 0;
        const told = found.map((value) => ({ at: scale(value), text: clock(value, step) }));
        // Parts of a second are not told.
        return told.filter((tick, index) => tick.text !== told[index - 1]?.text);
      },
      categories: [],
      range,
    };
  }
  const scale = scaleLinear().domain([low, high]).range(inner);
  const text = domain.type === "duration" ? duration : domain.type === "bytes" ? bytes : (value: number) => number(value, 5);
  return {
    kind: "linear",
    map: (value) => (typeof value === "number" ? scale(value) : Number.NaN),
    invert: (pixel) => scale.invert(pixel),
    ticks: (count) => scale.ticks(count).map((value) => ({ at: scale(value), text: text(value) })),
    categories: [],
    range,
  };
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A local time as precise as the distance between ticks (in milliseconds) asks for. */
export function clock(of: Date, step: number): string {
  const pad = (part: number) => String(part).padStart(2, "0");
  const day = `${of.getDate()} ${MONTHS[of.getMonth()]}`;
  if (step > 0 && step < 86_400_000) {
    const time = `${pad(of.getHours())}:${pad(of.getMinutes())}`;
    if (step < 60_000) return `${time}:${pad(of.getSeconds())}`;
    return time === "00:00" ? day : time;
  }
  if (step < 27 * 86_400_000) return day;
  if (step > 360 * 86_400_000) return String(of.getFullYear());
  return of.getMonth() === 0 ? String(of.getFullYear()) : (MONTHS[of.getMonth()] ?? "");
}

function widen(domain: Domain): [number, number] {
  if (domain.kind === "log") return [domain.min / 2, domain.max * 2];
  const margin = domain.kind === "time" ? 3600 : Math.abs(domain.min) * 0.1 || 1;
  return [domain.min - margin, domain.max + margin];
}

function categoryScale(categories: string[], range: [number, number]): Scale {
  const step = (range[1] - range[0]) / Math.max(1, categories.length);
  const places = new Map(categories.map((name, index) => [name, range[0] + step * (index + 0.5)]));
  // Thousands of rows have the same few values.
  const known = new Map<unknown, number>();
  return {
    kind: "category",
    map: (value) => {
      const place = known.get(value) ?? places.get(categoryOf(value)) ?? Number.NaN;
      known.set(value, place);
      return place;
    },
    invert: (pixel) => Math.min(categories.length - 1, Math.max(0, Math.floor((pixel - range[0]) / step))),
    ticks: () => categories.map((text) => ({ at: places.get(text)!, text })),
    categories,
    range,
  };
}

/** Powers of ten; with 2 and 5 between them when there are few. */
export function logTicks(low: number, high: number, count: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = last - first;
  const every = Math.max(1, Math.ceil(decades / Math.max(2, count)));
  const steps = decades <= 2 ? [1, 2, 5] : decades * 2 <= count ? [1, 3] : [1];
  const out: number[] = [];
  for (let power = first; power <= last; power += every) {
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(3));
      if (tick >= low * 0.999 && tick <= high * 1.001) out.push(tick);
    }
  }
  return out;
}

/** Where each value is drawn. A loop, because `Float64Array.from` takes several times as long. */
export function placed(values: readonly unknown[], map: (value: unknown, index: number) => number): Float64Array {
  const out = new Float64Array(values.length);
  for (let index = 0; index < out.length; index++) out[index] = map(values[index], index);
  return out;
}

/** A value of a column in words, for tool tips. */
export function spoken(value: unknown, type: string): string {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") {
    if (type === "time") return date(value);
    if (type === "duration") return duration(value);
    if (type === "bytes") return bytes(value);
    return number(value, 6);
  }
  return valueText(value);
}
