/** Curves made calmer and thinner without changing what they say. */

/**
 * Exponential moving average with debiasing, so that the first points are not pulled to zero.
 * `weight` is in [0, 1): 0 leaves the curve alone. Gaps stay gaps.
 */
export function smooth(values: readonly (number | null)[], weight: number): (number | null)[] {
  if (weight <= 0) return [...values];
  let last = 0;
  let seen = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    seen += 1;
    last = last * weight + (1 - weight) * value;
    return last / (1 - weight ** seen);
  });
}

export interface Band {
  x: number[];
  mean: number[];
  low: number[];
  high: number[];
}

/** Several curves of one group as a mean with its range, at the steps of all of them, each curve interpolated. */
export function band(curves: readonly { x: readonly number[]; y: readonly (number | null)[] }[], points = 200): Band {
  const ends = curves.filter((curve) => curve.x.length > 0);
  const out: Band = { x: [], mean: [], low: [], high: [] };
  if (ends.length === 0) return out;
  const first = Math.min(...ends.map((curve) => curve.x[0] ?? 0));
  const last = Math.max(...ends.map((curve) => curve.x.at(-1) ?? 0));
  const n = first === last ? 1 : points;
  for (let i = 0; i < n; i++) {
    const x = n === 1 ? first : first + ((last - first) * i) / (n - 1);
    const at = ends.map((curve) => interpolate(curve.x, curve.y, x)).filter((y) => y !== null);
    if (at.length === 0) continue;
    out.x.push(x);
    out.mean.push(at.reduce((sum, y) => sum + y, 0) / at.length);
    out.low.push(Math.min(...at));
    out.high.push(Math.max(...at));
  }
  return out;
}

/** The curve's value at x, linearly between its points; null outside them or beside a gap. */
export function interpolate(x: readonly number[], y: readonly (number | null)[], at: number): number | null {
  const index = lowerBound(x, at);
  if (index < x.length && x[index] === at) return y[index] ?? null;
  if (index === 0 || index >= x.length) return null;
  const [x0, x1] = [x[index - 1]!, x[index]!];
  const [y0, y1] = [y[index - 1] ?? null, y[index] ?? null];
  return y0 === null || y1 === null ? null : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

/** The first index whose value is not below; the length when there is none. */
export function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The index of the value nearest to `value`; -1 for an empty list. */
export function nearest(sorted: readonly number[], value: number): number {
  if (sorted.length === 0) return -1;
  const after = lowerBound(sorted, value);
  if (after === 0) return 0;
  if (after === sorted.length) return after - 1;
  return value - sorted[after - 1]! <= sorted[after]! - value ? after - 1 : after;
}
