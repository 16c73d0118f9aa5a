/** How much a metric moves with each hyperparameter. */

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
  const known = KNOWN.get(metric) ?? new WeakMap<readonly unknown[], Influence>();
  KNOWN.set(metric, known);
  const found = known.get(values) ?? worked(key, values, metric);
  known.set(values, found);
  return found;
}

/** By the metric's values and the hyperparameter's, neither of which ever changes: every chart asks for the same. */
const KNOWN = new WeakMap<readonly unknown[], WeakMap<readonly unknown[], Influence>>();

function worked(key: string, values: readonly unknown[], metric: readonly unknown[]): Influence {
  const all = measured(metric);
  const x: unknown[] = [];
  const y = new Float64Array(all.rows.length);
  let numeric = true;
  all.rows.forEach((row, place) => {
    const value = values[row];
    if (value === null || value === undefined) return;
    if (typeof value !== "number") numeric = false;
    y[x.length] = all.y[place]!;
    x.push(value);
  });
  const n = x.length;
  const ys = y.subarray(0, n);
  const groups = numeric ? numberGroups(Float64Array.from(x as number[])) : textGroups(x);
  const direction = groups.ranks && correlation(groups.ranks, n === all.rows.length ? all.ranks() : ranks(ys));
  return { key, share: omegaSquared(groups, ys), direction, n };
}

interface Measured {
  rows: number[];
  y: Float64Array;
  ranks: () => Float64Array;
}

const MEASURED = new WeakMap<readonly unknown[], Measured>();

/** The rows that have a metric. Kept, since every hyperparameter is laid against the same one. */
function measured(metric: readonly unknown[]): Measured {
  const known = MEASURED.get(metric);
  if (known) return known;
  const rows: number[] = [];
  metric.forEach((value, row) => {
    if (typeof value === "number") rows.push(row);
  });
  const y = Float64Array.from(rows, (row) => metric[row] as number);
  let ranked: Float64Array | null = null;
  const made = { rows, y, ranks: () => (ranked ??= ranks(y)) };
  MEASURED.set(metric, made);
  return made;
}

interface Groups {
  /** The group of each row. */
  of: Int32Array;
  count: number;
  /** The rank of each row's value, for numbers. */
  ranks: Float64Array | null;
}

function textGroups(values: readonly unknown[]): Groups {
  const places = new Map<unknown, number>();
  const of = Int32Array.from(values, (value) => {
    // Lists are equal when they read alike; true is not 1.
    const name = typeof value === "string" ? value : `\0${JSON.stringify(value)}`;
    const place = places.get(name) ?? places.size;
    places.set(name, place);
    return place;
  });
  return { of, count: places.size, ranks: null };
}

const MOST_GROUPS = 8;

function numberGroups(values: Float64Array): Groups {
  const counts = new Map<number, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size > MOST_GROUPS) return equalGroups(values);
  }
  // Few different values, as most hyperparameters have: nothing need be sorted but those.
  const places = new Map<number, { place: number; rank: number }>();
  let before = 0;
  for (const [value, count] of [...counts].sort((a, b) => a[0] - b[0])) {
    places.set(value, { place: places.size, rank: before + (count - 1) / 2 });
    before += count;
  }
  return { of: Int32Array.from(values, (value) => places.get(value)!.place), count: places.size, ranks: Float64Array.from(values, (value) => places.get(value)!.rank) };
}

function equalGroups(values: Float64Array): Groups {
  const order = sortedOrder(values);
  const of = new Int32Array(values.length);
  order.forEach((row, place) => {
    of[row] = Math.floor((place * MOST_GROUPS) / values.length);
  });
  return { of, count: MOST_GROUPS, ranks: ranks(values, order) };
}

function omegaSquared(groups: Groups, y: Float64Array): number {
  const [sizes, sums] = [new Float64Array(groups.count), new Float64Array(groups.count)];
  for (let row = 0; row < y.length; row++) {
    const group = groups.of[row]!;
    sizes[group]! += 1;
    sums[group]! += y[row]!;
  }
  // A value met once explains its row perfectly and says nothing.
  let [n, k, sum] = [0, 0, 0];
  for (let group = 0; group < groups.count; group++) {
    if (sizes[group]! < 2) continue;
    n += sizes[group]!;
    sum += sums[group]!;
    k += 1;
  }
  if (k < 2 || n <= k) return 0;
  const mean = sum / n;
  let [total, inside] = [0, 0];
  for (let row = 0; row < y.length; row++) {
    const group = groups.of[row]!;
    if (sizes[group]! < 2) continue;
    total += (y[row]! - mean) ** 2;
    inside += (y[row]! - sums[group]! / sizes[group]!) ** 2;
  }
  if (total === 0) return 0;
  const error = inside / (n - k);
  return Math.min(1, Math.max(0, (total - inside - (k - 1) * error) / (total + error)));
}

/** Spearman's rank correlation, of ranks; 0 when either side is constant. */
function correlation(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  const mean = (n - 1) / 2;
  let [top, left, right] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    top += (a[i]! - mean) * (b[i]! - mean);
    left += (a[i]! - mean) ** 2;
    right += (b[i]! - mean) ** 2;
  }
  return left === 0 || right === 0 ? 0 : top / Math.sqrt(left * right);
}

function sortedOrder(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
}

/** The place of each value among all, equal ones sharing the middle of theirs. */
function ranks(values: Float64Array, order: Uint32Array = sortedOrder(values)): Float64Array {
  const out = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end += 1;
    for (let i = start; i <= end; i++) out[order[i]!] = (start + end) / 2;
    start = end + 1;
  }
  return out;
}
