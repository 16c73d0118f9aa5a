// @vitest-environment jsdom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { topicsOf } from "@/api/live";
import type { TableColumn } from "@/api/types";
import { csv, fileName } from "@/lib/download";
import { Cell } from "@/table/cells";
import { suggest } from "@/table/filter-box";
import { pythonOf } from "@/ui/copy";
import { colorsOf, linesOf } from "@/views/charts/curves";
import { explaining } from "@/table/ranking";

afterEach(cleanup);

const column = (key: string, more: Partial<TableColumn> = {}): TableColumn => ({
  key, kind: key.includes(".") ? key.split(".")[0]! : "field", name: key.split(".").pop()!, type: "text", count: 1, distinct: 2, min: null, max: null, varies: true, log_scale: false, integer: false, higher_is_better: null, default: false, values: [], ...more,
});

describe("cells", () => {
  it("show markup as text", () => {
    render(<Cell column={column("tag.x")} value={'<img src=x onerror="alert(1)">'} share={null} />);
    expect(document.querySelector("img")).toBeNull();
    expect(screen.getByText('<img src=x onerror="alert(1)">')).toBeTruthy();
  });
  it("link only ids, and only to pages of this application", () => {
    render(<Cell column={column("run_id", { type: "id" })} value="javascript:alert(1)" share={null} />);
    expect(document.querySelector("a")).toBeNull();
    render(<Cell column={column("run_id", { type: "id" })} value="r-0123456789abcdef" share={null} />);
    expect(document.querySelector("a")?.getAttribute("href")).toBe("/runs/r-0123456789abcdef");
  });
});

describe("completion in the filter", () => {
  const columns = [column("type", { values: [{ value: "SVC", count: 3 }, { value: "it's", count: 1 }] }), column("param.C", { type: "number", min: 1, max: 9 }), column("param.clf C")];
  it("offers columns by key or name", () => {
    expect(suggest("C", 1, columns).items[0]?.text).toBe("param.C");
    expect(suggest("type = 'SVC' and par", 20, columns)).toMatchObject({ from: 17 });
    expect(suggest("clf", 3, columns).items[0]?.text).toBe('param."clf C"');
  });
  it("offers the column's values behind an operator", () => {
    expect(suggest("type = ", 7, columns).items.map((item) => item.text)).toEqual(["'SVC'", "'it''s'"]);
    expect(suggest("type = 'S", 9, columns)).toMatchObject({ from: 7, items: [{ text: "'SVC'" }] });
  });
});

describe("files and snippets", () => {
  it("quotes CSV and disarms formulas", () => {
    expect(csv(["a", "b"], [['x,"y"', "=1+1"], [null, -5]])).toBe('a,b\n"x,""y""",\'=1+1\n,-5\n');
  });
  it("makes names for files and Python that runs", () => {
    expect(fileName("roc / auc: <x>")).toBe("roc-auc-x");
    expect(pythonOf("SELECT 'a\\b'")).toContain("SELECT 'a\\\\b'");
    expect(pythonOf('SELECT """')).toContain('"SELECT \\"\\"\\""');
  });
});

describe("news", () => {
  it("concerns only what it can have changed", () => {
    expect(topicsOf(["annotations"]).has("pipeline")).toBe(false);
    expect(topicsOf(["annotations"]).has("series"), "what is hidden has no curves").toBe(true);
    expect(topicsOf(["metrics"]).has("models")).toBe(true);
    expect(topicsOf(["a table of tomorrow"]).size).toBe(0);
  });
});

describe("learning curves", () => {
  const series = (run: string, value: number[]) => ({ run_id: run, run_name: null, model_id: null, first_model_id: null, name: "loss", higher_is_better: false, dataset_id: null, step: [0, 1, 2], value, at: [0, 0.5, 1], count: 3, last: null, min: null, max: null });
  const all = [series("r-b", [3, 2, 1]), series("r-a", [5, 4, 3])];
  it("colour a run alike whatever the order", () => {
    const lines = linesOf(all, colorsOf(all), 0, "step", "none", false);
    const turned = linesOf([...all].reverse(), colorsOf(all), 0, "step", "none", false);
    expect(lines.find((line) => line.id === "r-a")?.color).toBe(turned.find((line) => line.id === "r-a")?.color);
  });
  it("average a group and put runs of any length on one axis", () => {
    expect(linesOf(all, colorsOf(all), 0, "step", "mean", false)[0]?.y[0]).toBe(4);
    expect(linesOf(all, colorsOf(all), 0, "share", "none", false)[0]?.x).toEqual([0, 0.5, 1]);
  });
});

describe("what may explain a metric", () => {
  it("is first what most rows have", () => {
    const columns = [column("param.svc__C", { count: 3 }), column("param.seed", { count: 9 }), column("param.n_jobs", { count: 10 }), column("type", { count: 10 }), column("param.fixed", { count: 10, varies: false })];
    expect(explaining({ columns, total: 10, main_metric: null }).map((one) => one.key)).toEqual(["param.seed", "type", "param.svc__C"]);
  });
});
