import { expect, it } from "vitest";
import { sparkPath } from "@/plot/bars";

it("a bar for every bin that holds something, the highest over the whole height", () => {
  const path = sparkPath([10, 0, 5, 5]);
  expect(path.match(/M/g)).toHaveLength(3);
  expect(path).toContain("M0 34v-33h");
  expect(path).toContain("M50 34v-16.5h");
});

it("one among many can still be seen, and nothing is nothing", () => {
  expect(sparkPath([1_000_000, 1])).toContain("M50 34v-1h");
  expect(sparkPath([0, 0])).toBe("");
  expect(sparkPath([])).toBe("");
});
