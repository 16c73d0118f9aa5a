import { describe, expect, it } from "vitest";
import { influence } from "@/lib/influence";
import { aggregate, box, quantile } from "@/lib/stats";

describe("distributions", () => {
  it("have quartiles, whiskers and outliers", () => {
    const one = box([1, 2, 3, 4, 5, 6, 7, 8, 9, 100]);
    expect(one.median).toBe(5.5);
    expect(one.outliers).toEqual([100]);
    expect(one.high).toBe(9);
    expect(quantile([0, 10], 0.25)).toBe(2.5);
  });
  it("aggregate", () => {
    expect(aggregate([1, 2, 3, 4], "mean")).toBe(2.5);
    expect(aggregate([1, 2, 3, 4], "median")).toBe(2.5);
    expect(aggregate([2, 4], "std")).toBeCloseTo(Math.SQRT2);
    expect(aggregate([], "count")).toBe(0);
    expect(aggregate([], "mean")).toBeNaN();
  });
});

describe("influence", () => {
  const metric = Array.from({ length: 200 }, (_, i) => (i % 4) + Math.sin(i) * 0.01);
  it("is near one for what decides and near none for what does not", () => {
    expect(influence("a", metric.map((_, i) => i % 4), metric).share).toBeGreaterThan(0.98);
    expect(influence("b", metric.map((_, i) => Math.floor(i / 4) % 2), metric).share).toBeLessThan(0.05);
  });
  it("works on text and gives numbers a direction", () => {
    expect(influence("c", metric.map((_, i) => "abcd"[i % 4]), metric)).toMatchObject({ direction: null });
    expect(influence("a", metric.map((_, i) => -(i % 4)), metric).direction).toBeLessThan(-0.9);
  });
  it("leaves rows without value or metric out", () => {
    expect(influence("a", [1, null, 3], [1, 2, null]).n).toBe(1);
  });
  it("does not credit an id with everything", () => {
    expect(influence("id", metric.map((_, i) => `id-${i}`), metric).share).toBe(0);
  });
  it("does not believe a value met once", () => {
    expect(influence("n_jobs", ["2", ...Array<string>(9).fill("None")], [0.99, ...Array<number>(9).fill(0.5)]).share).toBe(0);
  });
  it("has the direction of the ranks, with ties", () => {
    expect(influence("a", [1, 2, 2, 3], [10, 20, 20, 30]).direction).toBeCloseTo(1);
    expect(influence("a", [1, 1, 1], [1, 2, 3]).direction).toBe(0);
  });
});
