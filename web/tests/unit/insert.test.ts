import { describe, expect, it } from "vitest";
import { between, identifier } from "@/views/sql/insert";

describe("a name put into a query", () => {
  it("stands apart from the words around it", () => {
    expect(between("SELECT", "type", "FROM models")).toBe(" type ");
    expect(between("SELECT ", "type", " FROM models")).toBe("type");
    expect(between("SELECT name,", "type", "\nFROM models")).toBe(" type");
  });
  it("clings to what it belongs to", () => {
    expect(between("SELECT m.", "type", ", name")).toBe("type");
    expect(between("SELECT count(", "type", ")")).toBe("type");
    expect(between("", "type", "")).toBe("type");
  });
  it("is quoted where SQL would read something else", () => {
    expect(identifier("model_id")).toBe("model_id");
    expect(identifier("row")).toBe('"row"');
    expect(identifier("Mean price")).toBe('"Mean price"');
    expect(identifier('a"b')).toBe('"a""b"');
  });
});
