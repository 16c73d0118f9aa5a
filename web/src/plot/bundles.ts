/**
 * The lines of parallel coordinates, thousands at a time.
 *
 * Between two axes of few values most lines lie on one another: those are drawn once, as dark as all of them together.
 */
import { groupBy } from "@/lib/group";
import type { Painter } from "./painter";

/** Where the rows cross one axis: pixels, and for an axis of few values which of them each row has. */
export interface Crossing {
  y: Float64Array;
  places: { of: Uint8Array; at: number[] } | null;
}

const FEW = 48;

export function crossingOf(y: Float64Array): Crossing {
  const places = new Map<number, number>();
  const of = new Uint8Array(y.length);
  for (let row = 0; row < y.length; row++) {
    const at = y[row]!;
    let place = places.get(at);
    if (place === undefined) {
      if (places.size === FEW) return { y, places: null };
      place = places.size;
      places.set(at, place);
    }
    of[row] = place;
  }
  return { y, places: { of, at: [...places.keys()] } };
}

/** One line per row through all axes at `x`, in the row's colour. */
export function drawLines(to: Painter, rows: readonly number[], axes: readonly Crossing[], x: readonly number[], alpha: number, bucketOf: (row: number) => number, colors: (bucket: number) => string): void {
  const stretches = stretchesOf(axes);
  const byBucket = groupBy(rows, bucketOf);
  for (const bucket of [...byBucket.keys()].sort((a, b) => a - b)) {
    const [color, mine] = [colors(bucket), byBucket.get(bucket)!];
    for (const { from, until, few } of stretches) {
      if (few) for (const [n, points] of bundles(mine, axes[from]!, axes[until]!, x[from]!, x[until]!)) to.line(points, { color, alpha: 1 - (1 - alpha) ** n });
      else for (let start = 0; start < mine.length; start += LINES_A_PATH) to.line(alone(mine.slice(start, start + LINES_A_PATH), axes, x, from, until), { color, alpha });
    }
  }
}

/** What it takes to fill in a path grows faster than its length. */
const LINES_A_PATH = 60;

/** Two axes of few values, or as many as follow one another otherwise. */
interface Stretch {
  from: number;
  until: number;
  few: boolean;
}

function stretchesOf(axes: readonly Crossing[]): Stretch[] {
  const found: Stretch[] = [];
  for (let until = 1; until < axes.length; until++) {
    const few = axes[until - 1]!.places !== null && axes[until]!.places !== null;
    const last = found.at(-1);
    if (last && !few && !last.few) last.until = until;
    else found.push({ from: until - 1, until, few });
  }
  return found;
}

function alone(rows: readonly number[], axes: readonly Crossing[], x: readonly number[], from: number, until: number): Float32Array {
  const points = new Float32Array(rows.length * 2 * (until - from + 2));
  let at = 0;
  for (const row of rows) {
    for (let axis = from; axis <= until; axis++) {
      points[at++] = x[axis]!;
      points[at++] = axes[axis]!.y[row]!;
    }
    points[at++] = Number.NaN;
    points[at++] = Number.NaN;
  }
  return points;
}

/** The lines between two axes that lie on one another, by how many they are, to a power of two. */
function bundles(rows: readonly number[], left: Crossing, right: Crossing, x0: number, x1: number): Map<number, number[]> {
  const [here, there] = [left.places!, right.places!];
  const width = there.at.length;
  const counts = new Uint32Array(here.at.length * width);
  for (const row of rows) counts[here.of[row]! * width + there.of[row]!]! += 1;
  const found = new Map<number, number[]>();
  counts.forEach((n, pair) => {
    if (n === 0) return;
    const size = 2 ** Math.round(Math.log2(n));
    const points = found.get(size) ?? [];
    if (points.length === 0) found.set(size, points);
    points.push(x0, here.at[Math.floor(pair / width)]!, x1, there.at[pair % width]!, Number.NaN, Number.NaN);
  });
  return found;
}
