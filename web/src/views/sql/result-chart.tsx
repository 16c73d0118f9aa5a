/** An answer as a chart: sensible channels to begin with, all of them to change. */
import { useMemo } from "react";
import type { QueryResult } from "@/api/types";
import { useUrlState } from "@/router/state";
import { Card, Select } from "@/ui/parts";
import { VegaChart } from "@/vega/vega-chart";

const NUMERIC = /INT|DOUBLE|FLOAT|DECIMAL|REAL/i;
const TIME = /TIME|DATE/i;

export function ResultChart({ result }: { result: QueryResult }) {
  const url = useUrlState();
  const names = result.columns.map((column) => column.name);
  const numeric = result.columns.filter((column) => NUMERIC.test(column.type)).map((column) => column.name);
  const rest = names.filter((name) => !numeric.includes(name));
  const y = pick(url.text("cy"), names, numeric.at(-1) ?? names.at(-1) ?? "");
  const x = pick(url.text("cx"), names, [...rest, ...numeric].find((name) => name !== y) ?? y);
  const color = pick(url.text("cc"), [...names, "none"], "none");
  const mark = pick(url.text("mark"), ["bar", "point", "line", "boxplot"], numeric.includes(x) ? "point" : "bar");
  const values = useMemo(() => result.rows.map((row) => Object.fromEntries(result.columns.map((_, index) => [`c${index}`, row[index]]))), [result]);
  const spec = useMemo(() => {
    const channel = (name: string) => {
      const index = names.indexOf(name);
      const type = result.columns[index]?.type ?? "";
      return { field: `c${index}`, title: name, type: NUMERIC.test(type) ? "quantitative" : TIME.test(type) ? "temporal" : "nominal", ...(NUMERIC.test(type) && mark !== "bar" ? { scale: { zero: false } } : {}), ...(NUMERIC.test(type) || TIME.test(type) ? {} : { sort: null }) };
    };
    return {
      $schema: "https://vega.github.io/schema/vega-lite/v6.json",
      data: { values },
      mark: { type: mark, tooltip: true, ...(mark === "point" ? { filled: true, opacity: 0.7 } : {}) },
      encoding: { x: channel(x), y: channel(y), ...(color !== "none" ? { color: channel(color) } : {}) },
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [values, x, y, color, mark]);
  const options = names.map((name) => ({ value: name, text: name }));
  const set = (key: string) => (next: string) => url.set({ [key]: next }, { replace: true });
  return (
    <Card
      title="Chart"
      actions={
        <div className="controls">
          <Select label="Mark" value={mark} options={["bar", "point", "line", "boxplot"].map((value) => ({ value, text: value }))} onChange={set("mark")} />
          <Select label="x" value={x} options={options} onChange={set("cx")} />
          <Select label="y" value={y} options={options} onChange={set("cy")} />
          <Select label="Colour" value={color} options={[{ value: "none", text: "None" }, ...options]} onChange={set("cc")} />
        </div>
      }
    >
      <VegaChart spec={spec} label={`${y} by ${x}`} height={340} />
    </Card>
  );
}

const pick = (wanted: string, known: readonly string[], otherwise: string): string => (known.includes(wanted) ? wanted : otherwise);
