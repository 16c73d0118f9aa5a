import { describe, expect, it } from "vitest";
import { band, interpolate, lowerBound, nearest, smooth } from "@/lib/smoothing";

describe("smoothing", () => {
  it("leaves a constant alone from the first point on", () => {
    for (const value of smooth([2, 2, 2, 2], 0.9)) expect(value).toBeCloseTo(2);
  });
  it("does nothing at weight 0 and keeps gaps", () => {
    expect(smooth([1, null, 3], 0)).toEqual([1, null, 3]);
    expect(smooth([1, null, 3], 0.5)[1]).toBeNull();
  });
  it("stays between the smallest and the largest", () => {
    const out = smooth([0, 10, 0, 10, 0], 0.8) as number[];
    expect(Math.max(...out)).toBeLessThan(10);
    expect(Math.min(...out)).toBeGreaterThanOrEqual(0);
  });
});

describe("bands over curves", () => {
  it("have the mean and the range at every step", () => {
    const out = band([{ x: [0, 10], y: [0, 10] }, { x: [0, 10], y: [2, 12] }], 3);
    expect(out.x).toEqual([0, 5, 10]);
    expect(out.mean).toEqual([1, 6, 11]);
    expect(out.low).toEqual([0, 5, 10]);
    expect(out.high).toEqual([2, 7, 12]);
  });
  it("take each curve only where it is", () => {
    const out = band([{ x: [0, 1], y: [1, 1] }, { x: [0, 2], y: [3, 3] }], 3);
    expect(out.mean).toEqual([2, 2, 3]);
  });
  it("are empty for nothing", () => {
    expect(band([]).x).toEqual([]);
  });
});

describe("looking points up", () => {
  it("finds places in sorted lists", () => {
    expect(lowerBound([1, 3, 5], 4)).toBe(2);
    expect(nearest([1, 3, 5], 3.9)).toBe(1);
    expect(nearest([1, 3, 5], 100)).toBe(2);
    expect(nearest([], 1)).toBe(-1);
    expect(interpolate([0, 10], [0, 100], 2.5)).toBe(25);
    expect(interpolate([0, 10], [0, 100], 11)).toBeNull();
    expect(interpolate([0, 10, 20], [0, null, 1], 5)).toBeNull();
  });
});
