// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import type { TableColumn } from "@/api/types";
import { clipCategory, fit } from "@/plot/axes";
import { colorBy, ranked } from "@/plot/encode";
import { bins } from "@/plot/grouped";
import { SvgPainter } from "@/plot/painter";
import { passing } from "@/plot/parallel";
import { clock, domainOf, logTicks, scaleOf } from "@/plot/scale";
import { fieldName, records } from "@/plot/scatter";

const column = (more: Partial<TableColumn>): TableColumn => ({
  key: "param.C", kind: "param", name: "C", type: "number", count: 0, distinct: 50, min: null, max: null, varies: true, log_scale: false, integer: false, higher_is_better: null, default: false, values: [], ...more,
});

describe("scales", () => {
  it("are logarithmic for numbers over two decades, and leave zero out", () => {
    const domain = domainOf(column({ log_scale: true }), [0, 0.01, 1, 100]);
    expect(domain).toMatchObject({ kind: "log", min: 0.01, max: 100 });
    const scale = scaleOf(domain, [0, 100], 0);
    expect(scale.map(1)).toBeCloseTo(50);
    expect(scale.map(0)).toBeNaN();
    expect(scale.invert(50)).toBeCloseTo(1);
  });
  it("have a place for missing text and none for missing numbers", () => {
    const scale = scaleOf(domainOf(column({ type: "text" }), ["b", null, "a"]), [0, 90]);
    expect(scale.categories).toEqual(["a", "b", "none"]);
    expect(scale.map(null)).toBe(75);
    expect(scaleOf(domainOf(column({}), [1, 2]), [0, 1]).map(null)).toBeNaN();
  });
  it("stand a single value in the middle", () => {
    expect(scaleOf(domainOf(column({}), [5, 5]), [0, 100], 0).map(5)).toBeCloseTo(50);
  });
  it("write times as precisely as their ticks are apart", () => {
    const at = new Date(2026, 4, 12, 14, 3, 5);
    expect(clock(at, 1000)).toBe("14:03:05");
    expect(clock(at, 3_600_000)).toBe("14:03");
    expect(clock(new Date(2026, 4, 12), 3_600_000)).toBe("12 May");
    expect(clock(at, 7 * 86_400_000)).toBe("12 May");
    expect(clock(at, 31 * 86_400_000)).toBe("May");
    expect(clock(at, 366 * 86_400_000)).toBe("2026");
  });
  it("tick at powers of ten", () => {
    expect(logTicks(0.001, 1000, 7)).toEqual([0.001, 0.01, 0.1, 1, 10, 100, 1000]);
  });
});

describe("colours", () => {
  it("put the commonest first, what is missing last, and gather the rest", () => {
    expect(ranked(["a", "b", "b", null, null, null])).toEqual([["b", 2], ["a", 1], ["none", 3]]);
    const many = Array.from({ length: 30 }, (_, i) => `v${i}`);
    const of = colorBy(column({ type: "text", distinct: 30 }), many, false, "#000");
    expect(of.key.entries.at(-1)?.text).toBe("21 others");
    expect(of.color(29)).toBe(of.buckets[9]);
  });
  it("give a number a step of the ramp and nothing to what is missing", () => {
    const of = colorBy(column({ distinct: 3e3 }), [0, 5, 10, null], false, "#000");
    expect([of.bucket(0), of.bucket(2), of.bucket(3)]).toEqual([0, of.buckets.length - 1, -1]);
    expect(of.color(3)).toBeNull();
  });
});

describe("brushes", () => {
  it("keep rows inside all of them", () => {
    const axes = [{ column: { key: "x" }, values: [1, 2, 3, null] }, { column: { key: "k" }, values: ["a", "b", "a", "a"] }];
    expect(passing(4, axes, {})).toEqual([0, 1, 2, 3]);
    expect(passing(4, axes, { x: { low: 1, high: 2, categories: null } })).toEqual([0, 1]);
    expect(passing(4, axes, { x: { low: 1, high: 3, categories: null }, k: { low: 0, high: 0, categories: ["a"] } })).toEqual([0, 2]);
  });
});

describe("groups", () => {
  it("are values when few and ranges when many", () => {
    const few = bins(column({}), [3, 1, null, 1]);
    expect(few.bins.map((bin) => bin.text)).toEqual(["1", "3", "none"]);
    expect(few.of(null)).toBe(2);
    const many = bins(column({}), Array.from({ length: 100 }, (_, i) => i));
    expect(many.bins).toHaveLength(10);
    expect([many.of(0), many.of(99), many.of(null)]).toEqual([0, 9, -1]);
  });
});

describe("export", () => {
  it("writes text of the store as text", () => {
    const to = new SvgPainter(10, 10, "#fff");
    to.text('<script>alert("x")</script>&\u0000', 1, 1, { color: '"><script>' });
    expect(to.toString()).not.toContain("<script");
    expect(new DOMParser().parseFromString(to.toString(), "image/svg+xml").querySelector("parsererror")).toBeNull();
  });
  it("gives Vega names without paths", () => {
    expect(fieldName("metric.f1[macro]")).toBe("metric_f1_macro_");
    const data = { columns: [column({ key: "created_at", type: "time" })], ids: ["m"], values: [[2]], total: 1, truncated: false, hidden: 0, sql: "" };
    expect(records(data)).toEqual([{ id: "m", created_at: 2000 }]);
  });
});

describe("labels of an axis", () => {
  it("are left out evenly where they would run into each other", () => {
    const ticks = Array.from({ length: 7 }, (_, index) => ({ at: index * 40, text: `22:42:0${index}` }));
    expect(fit(ticks, 280, false).map((tick) => tick.text)).toEqual(["22:42:00", "22:42:02", "22:42:04", "22:42:06"]);
    expect(fit(ticks, 600, false)).toHaveLength(7);
    expect(fit([], 100, false)).toEqual([]);
  });
  it("keep the end of a chain of steps", () => {
    expect(clipCategory("StandardScaler → PCA → SVC", 12)).toBe("… SVC");
    expect(clipCategory("Scaler → SVC", 12)).toBe("Scaler → SVC");
    expect(clipCategory("GradientBoostingRegressor", 8)).toBe("Gradien…");
  });
});

describe("categories", () => {
  it("that are numbers stand by size, others by name", () => {
    const text = { type: "text", log_scale: false };
    expect(domainOf(text, ["0.1", "scale", "0.001", "0.01"]).categories).toEqual(["0.001", "0.01", "0.1", "scale"]);
    expect(domainOf(text, ["run 10", "run 9", null]).categories).toEqual(["none", "run 9", "run 10"]);
  });
});
