import { describe, expect, it } from "vitest";
import { match, to } from "@/router/router";
import { withQuery } from "@/router/state";
import { nextSort } from "@/table/state";

describe("addresses", () => {
  it("name projects and ids safely and read them back", () => {
    const path = to.models("a/b ?#");
    expect(path).toBe("/p/a%2Fb%20%3F%23");
    expect(match("/p/:project", path)).toEqual({ project: "a/b ?#" });
    expect(match("/p/:project", "/p/a/b")).toBeNull();
    expect(match("/p/:project", "/p/%E0%A4%A")).toBeNull();
  });
  it("repeat keys for lists and drop what is empty", () => {
    const query = new URLSearchParams("filter=x&sort=a");
    expect(withQuery(query, { sort: ["-m", "n"], filter: "" })).toBe("?sort=-m&sort=n");
    expect(withQuery(query, { filter: null, sort: null })).toBe("");
  });
  it("survive a round trip with any text", () => {
    const text = "param.\"a b\" = 'x & y = 1' and name contains '<script>'";
    expect(new URLSearchParams(withQuery(new URLSearchParams(), { filter: text })).get("filter")).toBe(text);
  });
});

describe("sorting by a heading", () => {
  it("goes better end first, then the other, then none", () => {
    expect(nextSort([], "metric.a", false, false)).toEqual(["-metric.a"]);
    expect(nextSort(["-metric.a"], "metric.a", false, false)).toEqual(["metric.a"]);
    expect(nextSort(["metric.a"], "metric.a", false, false)).toEqual([]);
    expect(nextSort([], "metric.loss", false, true)).toEqual(["metric.loss"]);
  });
  it("adds with shift and keeps the place of what is turned round", () => {
    expect(nextSort(["-a"], "b", true, false)).toEqual(["-a", "-b"]);
    expect(nextSort(["-a", "-b"], "a", true, false)).toEqual(["a", "-b"]);
  });
});
