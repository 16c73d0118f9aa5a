import { describe, expect, it } from "vitest";
import { between, columnText, compare, conjoin, conjuncts, literal, oneOf, replaceRange, without } from "@/lib/filter";

describe("columns and values as text", () => {
  it("quotes names that are not plain words", () => {
    expect(columnText("type")).toBe("type");
    expect(columnText("param.clf__alpha")).toBe("param.clf__alpha");
    expect(columnText("param.my param")).toBe('param."my param"');
    expect(columnText('metric.f1_score[macro]')).toBe('metric."f1_score[macro]"');
    expect(columnText('param.say "hi"')).toBe('param."say ""hi"""');
  });
  it("doubles quotes in text, so that a value cannot end its own literal", () => {
    expect(literal("it's")).toBe("'it''s'");
    expect(compare("name", "=", "x' or name is null or 'a'='a")).toBe("name = 'x'' or name is null or ''a''=''a'");
  });
  it("asks for missing values with is null", () => {
    expect(compare("param.C", "=", null)).toBe("param.C is null");
    expect(compare("param.C", "!=", null)).toBe("param.C is not null");
  });
  it("makes lists and ranges", () => {
    expect(oneOf("param.C", [1, 10])).toBe("param.C in (1, 10)");
    expect(oneOf("type", ["SVC"])).toBe("type = 'SVC'");
    expect(between("param.C", 0.0012345678, 99.99999)).toBe("param.C between 0.0012345 and 100");
    expect(between("metric.m", -0.5, 0)).toBe("metric.m between -0.5 and 0");
  });
});

describe("taking an expression apart", () => {
  it("splits at and, outside quotes, parentheses and between", () => {
    const text = "a = 'x and y' and (b = 1 or c = 2) and d between 1 and 2 and e is null";
    expect(conjuncts(text)).toEqual(["a = 'x and y'", "(b = 1 or c = 2)", "d between 1 and 2", "e is null"]);
  });
  it("leaves an or at the top whole", () => {
    expect(conjuncts("a = 1 or b = 2 and c = 3")).toEqual(["a = 1 or b = 2 and c = 3"]);
  });
  it("keeps doubled quotes together", () => {
    expect(conjuncts("name = 'it''s and' and b = 1")).toEqual(["name = 'it''s and'", "b = 1"]);
  });
  it("is empty for nothing", () => {
    expect(conjuncts("  ")).toEqual([]);
  });
});

describe("changing an expression", () => {
  it("adds a condition once", () => {
    expect(conjoin("", "a = 1")).toBe("a = 1");
    expect(conjoin("a = 1", "b = 2")).toBe("a = 1 and b = 2");
    expect(conjoin("a = 1 and b = 2", "a = 1")).toBe("a = 1 and b = 2");
  });
  it("puts parentheses around an or before adding to it", () => {
    expect(conjoin("a = 1 or b = 2", "c = 3")).toBe("(a = 1 or b = 2) and c = 3");
  });
  it("takes one part away", () => {
    expect(without("a = 1 and b = 2 and c = 3", 1)).toBe("a = 1 and c = 3");
  });
  it("replaces a range rather than piling ranges up", () => {
    expect(replaceRange("a = 1 and param.C between 1 and 2", "param.C", "param.C between 3 and 4")).toBe("a = 1 and param.C between 3 and 4");
    expect(replaceRange("param.C between 1 and 2", "param.C", null)).toBe("");
  });
});
