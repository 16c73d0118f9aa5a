import { describe, expect, it } from "vitest";
import { brushesOf, brushTexts, outward } from "@/plot/brushes";

describe("brushes in an address", () => {
  it("come back as they were, whatever their axis is called", () => {
    const brushes = {
      "param.C": { low: 0.1, high: 10, categories: null },
      "param.a:b:1": { low: -5, high: -2.5, categories: null },
      type: { low: 0, high: 0, categories: ["SVC", "a:b", '["'] },
      "tag.empty": { low: 0, high: 0, categories: [] },
    };
    expect(brushesOf(brushTexts(brushes))).toEqual(brushes);
  });
  it("are passed over where they say nothing", () => {
    expect(brushesOf(["", "param.C", "param.C:1", "param.C:1:x", "[", "[1, 2]", "{}", "[]"])).toEqual({});
  });
  it("take few digits and keep every value of the range inside", () => {
    expect(outward(0.123456789, 0.987654321)).toEqual([0.12345, 0.98766]);
    const [from, until] = outward(1764144000.123456, 1764147600.654321);
    expect([from, until]).toEqual([1764144000, 1764147601]);
    expect(outward(0.0001234567, 1234.567)).toEqual([0.00012345, 1234.6]);
    expect(outward(-987.654321, -0.00123456)).toEqual([-987.66, -0.0012345]);
    expect(outward(0, 0)).toEqual([0, 0]);
    expect(outward(3, 3)).toEqual([3, 3]);
    for (const [low, high] of [[0.1 + 0.2, 0.7], [1e-12, 3e9], [5.000000001, 5.000000002], [-1e-7, 1e-7]] as const) {
      const [a, b] = outward(low, high);
      expect(a).toBeLessThanOrEqual(low);
      expect(b).toBeGreaterThanOrEqual(high);
      expect(b - a).toBeLessThan((high - low) * 1.01);
    }
  });
});
