/** The few statistics that charts need on values already in the page. */

export interface Box {
  n: number;
  min: number;
  q1: number;
  median: number;
  q3: number;
  max: number;
  low: number;
  high: number;
  outliers: number[];
}

/** A quantile of sorted values, linear between neighbours. */
export function quantile(sorted: readonly number[], q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return a + (b - a) * (at - low);
}

/** Five numbers, whiskers at the last value within 1.5 interquartile ranges, and what lies beyond. */
export function box(values: readonly number[]): Box {
  const sorted = [...values].sort((a, b) => a - b);
  const [q1, median, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)];
  const reach = 1.5 * (q3 - q1);
  const inside = sorted.filter((value) => value >= q1 - reach && value <= q3 + reach);
  return {
    n: sorted.length,
    min: sorted[0] ?? Number.NaN,
    q1,
    median,
    q3,
    max: sorted.at(-1) ?? Number.NaN,
    low: inside[0] ?? q1,
    high: inside.at(-1) ?? q3,
    outliers: sorted.filter((value) => value < q1 - reach || value > q3 + reach),
  };
}

export type Aggregate = "mean" | "median" | "min" | "max" | "sum" | "std" | "variance" | "count";
export const AGGREGATES: Aggregate[] = ["mean", "median", "min", "max", "sum", "std", "variance", "count"];

export function aggregate(values: readonly number[], how: Aggregate): number {
  const n = values.length;
  if (how === "count") return n;
  if (n === 0) return Number.NaN;
  const sum = values.reduce((total, value) => total + value, 0);
  switch (how) {
    case "sum":
      return sum;
    case "mean":
      return sum / n;
    case "min":
      return values.reduce((a, b) => Math.min(a, b));
    case "max":
      return values.reduce((a, b) => Math.max(a, b));
    case "median":
      return quantile([...values].sort((a, b) => a - b), 0.5);
    default: {
      if (n < 2) return Number.NaN;
      const mean = sum / n;
      const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / (n - 1);
      return how === "variance" ? variance : Math.sqrt(variance);
    }
  }
}

export interface Influence {
  key: string;
  /** Share of the metric's variance that groups of this value explain, corrected for the number of groups; 0 to 1. */
  share: number;
  /** Spearman's rank correlation for numbers, null for text. */
  direction: number | null;
  n: number;
}

/**
 * How much a metric moves with one hyperparameter: the variance between groups over the whole (omega squared), with
 * numbers cut into at most eight groups of equal size. It says what goes along with the metric, not what causes it.
 */
export function influence(key: string, values: readonly unknown[], metric: readonly unknown[]): Influence {
  const pairs: { value: unknown; y: number }[] = [];
  values.forEach((value, index) => {
    const y = metric[index];
    if (typeof y === "number" && value !== null && value !== undefined) pairs.push({ value, y });
  });
  const numeric = pairs.every((pair) => typeof pair.value === "number");
  const direction = numeric ? spearman(pairs.map((pair) => pair.value as number), pairs.map((pair) => pair.y)) : null;
  const all = numeric ? equalGroups(pairs as { value: number; y: number }[]) : byValue(pairs);
  // A value met once explains its row perfectly and says nothing.
  const groups = all.filter((group) => group.length > 1);
  return { key, share: omegaSquared(groups), direction, n: pairs.length };
}

function byValue(pairs: readonly { value: unknown; y: number }[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const { value, y } of pairs) {
    const name = JSON.stringify(value);
    const group = groups.get(name);
    if (group) group.push(y);
    else groups.set(name, [y]);
  }
  return [...groups.values()];
}

function equalGroups(pairs: readonly { value: number; y: number }[]): number[][] {
  if (new Set(pairs.map((pair) => pair.value)).size <= 8) return byValue(pairs);
  const sorted = [...pairs].sort((a, b) => a.value - b.value);
  const groups: number[][] = Array.from({ length: 8 }, () => []);
  sorted.forEach((pair, index) => groups[Math.floor((index * 8) / sorted.length)]!.push(pair.y));
  return groups;
}

function omegaSquared(groups: readonly number[][]): number {
  const all = groups.flat();
  const [n, k] = [all.length, groups.length];
  if (k < 2 || n <= k) return 0;
  const mean = all.reduce((a, b) => a + b, 0) / n;
  const total = all.reduce((sum, y) => sum + (y - mean) ** 2, 0);
  if (total === 0) return 0;
  let inside = 0;
  for (const group of groups) {
    const center = group.reduce((a, b) => a + b, 0) / group.length;
    inside += group.reduce((sum, y) => sum + (y - center) ** 2, 0);
  }
  const error = inside / (n - k);
  return Math.min(1, Math.max(0, (total - inside - (k - 1) * error) / (total + error)));
}

/** Rank correlation; 0 when either side is constant. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  const [ra, rb] = [ranks(a), ranks(b)];
  const n = ra.length;
  const mean = (n - 1) / 2;
  let [top, left, right] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    top += (ra[i]! - mean) * (rb[i]! - mean);
    left += (ra[i]! - mean) ** 2;
    right += (rb[i]! - mean) ** 2;
  }
  return left === 0 || right === 0 ? 0 : top / Math.sqrt(left * right);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((a, b) => a.value - b.value);
  const out = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && order[end + 1]!.value === order[start]!.value) end += 1;
    for (let i = start; i <= end; i++) out[order[i]!.index] = (start + end) / 2;
    start = end + 1;
  }
  return out;
}
