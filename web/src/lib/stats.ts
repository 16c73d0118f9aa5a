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
