import { describe, expect, it } from "vitest";
import type { ChartData, TableColumn } from "@/api/types";
import { kindOf, rowName } from "@/table/naming";

const columns = (distinct: Record<string, number>) => ({ columns: Object.entries(distinct).map(([key, n]) => ({ key, distinct: n }) as TableColumn) });
const chart = (values: Record<string, unknown[]>): ChartData =>
  ({ ids: ["m-0123456789abcdef"], columns: Object.keys(values).map((key) => ({ key, name: key })), values: Object.values(values) }) as unknown as ChartData;

describe("rows of charts", () => {
  it("are told apart by type, or by steps where all are pipelines", () => {
    expect(kindOf("models", columns({ type: 3, steps: 5 }))).toBe("type");
    expect(kindOf("models", columns({ type: 1, steps: 5 }))).toBe("steps");
    expect(kindOf("models", columns({ type: 1 }))).toBe("type");
    expect(kindOf("runs", columns({ type: 1, steps: 5 }))).toBe("script");
  });
  it("have the names they have in the table", () => {
    expect(rowName("models", chart({ name: ["model"], type: ["Pipeline"], steps: ["MinMaxScaler → SVC"] }), 0)).toBe("SVC 0123");
    expect(rowName("models", chart({ name: ["forest"], type: ["Forest"] }), 0)).toBe("forest");
    expect(rowName("models", chart({ name: [null], steps: ["Scaler → Ridge"] }), 0)).toBe("Ridge 0123");
    expect(rowName("runs", chart({ name: [null], script: ["train.py"] }), 0)).toBe("train.py");
  });
});
