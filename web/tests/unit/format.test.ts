import { describe, expect, it } from "vitest";
import { ago, bytes, cell, count, duration, metric, nested, number, said, shortId, shortNames, signed, value } from "@/lib/format";

describe("numbers", () => {
  it("have four significant digits", () => {
    expect(number(0.123456)).toBe("0.1235");
    expect(number(12.3456)).toBe("12.35");
    expect(number(0.5)).toBe("0.5");
    expect(number(1234.56)).toBe("1,235");
    expect(number(0.00001234)).toBe("1.234e-5");
    expect(number(1.5e7 + 0.5)).toBe("1.5e7");
  });
  it("keep all digits of whole numbers, grouped", () => {
    expect(number(999)).toBe("999");
    expect(number(2974)).toBe("2,974");
    expect(number(123456789)).toBe("123,456,789");
  });
  it("write what is missing, negative and not finite", () => {
    expect(number(null)).toBe("–");
    expect(number(Number.NaN)).toBe("–");
    expect(number(-2.5)).toBe("−2.5");
    expect(number(Number.POSITIVE_INFINITY)).toBe("∞");
  });
  it("line metrics up", () => {
    expect(metric(0.9)).toBe("0.9000");
    expect(metric(-0.25)).toBe("−0.2500");
    expect(metric(1234.5)).toBe("1,235");
    expect(metric(null)).toBe("–");
  });
  it("are not grouped where somebody typed them", () => {
    expect(value(10000)).toBe("10000");
    expect(value(-1)).toBe("-1");
    expect(value(1e-5)).toBe("1e-5");
    expect(said("93.46285027278626")).toBe("93.46");
    expect(said("7")).toBe("7");
  });
  it("sign differences", () => {
    expect(signed(-0.02, metric)).toBe("−0.0200");
    expect(signed(0.5)).toBe("+0.5");
    expect(signed(-0.5)).toBe("−0.5");
  });
});

describe("amounts", () => {
  it("are short", () => {
    expect(count(12345)).toBe("12.3k");
    expect(bytes(999)).toBe("999 B");
    expect(bytes(1234567)).toBe("1.23 MB");
    expect(duration(0.0005)).toBe("500 µs");
    expect(duration(0.25)).toBe("250 ms");
    expect(duration(75)).toBe("1 min 15 s");
    expect(duration(7300)).toBe("2 h 1 min");
  });
});

describe("times", () => {
  const now = Date.UTC(2026, 5, 15, 12) / 1000;
  it("are relative while recent", () => {
    expect(ago(now - 10, now)).toBe("just now");
    expect(ago(now - 600, now)).toBe("10 min ago");
    expect(ago(now - 7200, now)).toBe("2 h ago");
    expect(ago(now - 3 * 86400, now)).toBe("3 d ago");
    expect(ago(now - 60 * 86400, now)).toMatch(/^1[56] Apr$/);
    expect(ago(now - 400 * 86400, now)).toMatch(/ 2025$/);
  });
});

describe("values", () => {
  it("are written as Python writes them, nested estimators by type", () => {
    expect(value(null)).toBe("None");
    expect(value(true)).toBe("True");
    expect(value([1, "a", null])).toBe("[1, a, None]");
    expect(value({ type: "sklearn.svm.SVC", params: {} })).toBe("SVC");
  });
  it("follow the column's type in cells", () => {
    expect(cell(null, "number")).toBe("");
    expect(cell(2048, "bytes")).toBe("2.05 kB");
    expect(cell("m-0123456789abcdef", "id")).toBe("m-012345");
    expect(shortId("0190b2c4-1111")).toBe("0190b2c4");
  });
});

describe("nested names", () => {
  it("are what they end with, of what they belong to", () => {
    expect(nested("pipe__num__imputer__strategy")).toEqual({ path: "pipe__num__imputer", leaf: "strategy" });
    expect(nested("C")).toEqual({ path: "", leaf: "C" });
    expect(nested("svc___private")).toEqual({ path: "svc", leaf: "_private" });
    expect(nested("trailing__")).toEqual({ path: "", leaf: "trailing__" });
    expect(nested("__leading")).toEqual({ path: "", leaf: "__leading" });
  });
  it("are as short as tells them apart", () => {
    expect(shortNames(["pipe__svc__C", "pipe__svc__gamma"])).toEqual(["C", "gamma"]);
    expect(shortNames(["pipe__num__imputer__strategy", "pipe__cat__imputer__strategy"])).toEqual(["num__imputer__strategy", "cat__imputer__strategy"]);
    expect(shortNames(["C", "svc__C"])).toEqual(["C", "svc__C"]);
  });
});
