import { describe, expect, it } from "vitest";
import { foldingOf, unfoldedOf } from "@/router/unfolding";

const IDS = ["a", "b", "c", "d", "e"];

describe("what is unfolded, in an address", () => {
  it("comes back, whichever is unfolded", () => {
    for (let bits = 0; bits < 2 ** IDS.length; bits++) {
      const unfolded = new Set(IDS.filter((_, place) => bits & (1 << place)));
      const { open, fold } = foldingOf(IDS, unfolded);
      expect(unfoldedOf(IDS, open, fold)).toEqual(unfolded);
      expect(open.length + fold.length).toBeLessThanOrEqual(3);
    }
  });
  it("is one word when all of it is, and holds for what comes later", () => {
    expect(foldingOf(IDS, new Set(IDS))).toEqual({ open: ["all"], fold: [] });
    expect(unfoldedOf([...IDS, "f"], ["all"], ["b"])).toEqual(new Set(["a", "c", "d", "e", "f"]));
    expect(foldingOf([], new Set())).toEqual({ open: [], fold: [] });
  });
});
