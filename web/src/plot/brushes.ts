/** What is brushed on the axes of a chart, and how an address says it. */

/** The part of an axis that is kept: a range of numbers, or some categories. */
export interface Brush {
  low: number;
  high: number;
  categories: string[] | null;
}

/** By the key of the axis. */
export type Brushes = Record<string, Brush>;

/** `key:low:high` for numbers, a JSON list of the key and what is kept for categories. */
export const brushTexts = (brushes: Brushes): string[] =>
  Object.entries(brushes).map(([key, { low, high, categories }]) => (categories ? JSON.stringify([key, ...categories]) : [key, ...outward(low, high)].join(":")));

/** The brushes that these texts say; what says none is passed over. */
export function brushesOf(texts: readonly string[]): Brushes {
  const brushes: Brushes = {};
  for (const text of texts) {
    if (text.startsWith("[")) {
      const [key, ...categories] = listOf(text);
      if (key !== undefined) brushes[key] = { low: 0, high: 0, categories };
      continue;
    }
    const [, key, low, high] = /^(.+):([^:]+):([^:]+)$/.exec(text) ?? [];
    if (key !== undefined && Number.isFinite(Number(low)) && Number.isFinite(Number(high))) brushes[key] = { low: Number(low), high: Number(high), categories: null };
  }
  return brushes;
}

function listOf(text: string): string[] {
  try {
    const found = JSON.parse(text) as unknown;
    return Array.isArray(found) && found.every((one) => typeof one === "string") ? found : [];
  } catch {
    return [];
  }
}

/** Of a range so many of its parts can be told apart. */
const PARTS = 1000;
const LEAST_DIGITS = 4;

/** The ends with as few digits as tell a thousandth of the range apart, and no value of the range outside. */
export function outward(low: number, high: number): [number, number] {
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high <= low || size === 0) return [low, high];
  const digits = Math.min(17, Math.max(LEAST_DIGITS, Math.ceil(Math.log10((size / (high - low)) * PARTS)) + 1));
  return [-above(-low, digits), above(high, digits)];
}

/** The least number of so many digits that is no less than this one. */
function above(value: number, digits: number): number {
  const near = Number(value.toPrecision(digits));
  if (near >= value) return near;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(near))) - digits + 1);
  return Number((near + step).toPrecision(digits));
}
