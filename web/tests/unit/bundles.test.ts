import { describe, expect, it } from "vitest";
import { crossingOf, drawLines } from "@/plot/bundles";
import type { Painter, Stroke } from "@/plot/painter";

function drawn(axes: number[][], x: number[], bucketOf: (row: number) => number = () => 0) {
  const lines: { points: number[]; stroke: Stroke }[] = [];
  const to = { line: (points: ArrayLike<number>, stroke: Stroke) => lines.push({ points: Array.from(points), stroke }) } as unknown as Painter;
  drawLines(to, axes[0]!.map((_, row) => row), axes.map((y) => crossingOf(Float64Array.from(y))), x, 0.1, bucketOf, (bucket) => `color ${bucket}`);
  return lines;
}

/** The ends of each piece of a line between two axes. */
function pieces(points: number[]): string[] {
  const out: string[] = [];
  for (let i = 0; i + 3 < points.length; i += 2) {
    const ends = points.slice(i, i + 4);
    if (!ends.some(Number.isNaN)) out.push(ends.join(" "));
  }
  return out;
}

describe("lines between axes", () => {
  it("that lie on one another are drawn once, as dark as all of them", () => {
    const lines = drawn([[1, 1, 1, 1, 2], [3, 3, 3, 3, 4]], [0, 10]);
    expect(lines.map(({ points }) => pieces(points))).toEqual([["0 1 10 3"], ["0 2 10 4"]]);
    expect(lines[0]!.stroke.alpha).toBeCloseTo(1 - 0.9 ** 4);
    expect(lines[1]!.stroke.alpha).toBeCloseTo(0.1);
  });
  it("of many values are drawn one by one, through all such axes", () => {
    const many = Array.from({ length: 200 }, (_, row) => row);
    const lines = drawn([many, many.map((y) => 2 * y), many.map(() => 7)], [0, 10, 20]);
    const all = lines.flatMap(({ points }) => pieces(points));
    expect(all).toHaveLength(400);
    expect(all).toContain("0 5 10 10");
    expect(all).toContain("10 10 20 7");
    expect(new Set(lines.map(({ stroke }) => stroke.alpha))).toEqual(new Set([0.1]));
  });
  it("keep their colours apart", () => {
    const lines = drawn([[1, 1], [2, 2]], [0, 10], (row) => row);
    expect(lines.map(({ stroke }) => stroke.color)).toEqual(["color 0", "color 1"]);
  });
  it("end where a value is missing", () => {
    expect(drawn([[1, Number.NaN], [2, 2]], [0, 10]).flatMap(({ points }) => pieces(points))).toEqual(["0 1 10 2"]);
  });
});
