/** Regression: each sampled example as a point that leads to it, and those furthest off as links. */
import { useMemo } from "react";
import type { ChartData, Residuals, TableColumn } from "@/api/types";
import { number, signed } from "@/lib/format";
import { Scatter } from "@/plot/scatter";
import { Link } from "@/router/link";
import { navigate } from "@/router/router";

const MOST = 8;

interface Props {
  of: Residuals;
  /** The address of an example, by its row. */
  href: (row: number) => string;
}

export function ResidualPlot({ of, href, kind }: Props & { kind: "actual" | "residual" }) {
  const data = useMemo(() => chartOf(of), [of]);
  return (
    <Scatter
      data={data}
      x={kind === "actual" ? "actual" : "predicted"}
      y={kind === "actual" ? "predicted" : "error"}
      also={[kind === "actual" ? "error" : "actual"]}
      guide={kind === "actual" ? "equal" : "zero"}
      height={260}
      legend={false}
      logX={false}
      logY={false}
      name={(index) => `Example ${number(of.row[index])}`}
      onOpen={(row) => navigate(href(Number(row)))}
    />
  );
}

/** What a reader of the plot would pick first, for those who do not point. */
export function FurthestOff({ of, href }: Props) {
  const worst = of.row
    .map((row, index) => ({ row, actual: of.actual[index]!, predicted: of.predicted[index]! }))
    .sort((a, b) => Math.abs(b.predicted - b.actual) - Math.abs(a.predicted - a.actual))
    .slice(0, MOST);
  return (
    <table className="table">
      <thead>
        <tr>
          <th scope="col">example</th>
          <th scope="col" className="num">actual</th>
          <th scope="col" className="num">predicted</th>
          <th scope="col" className="num">predicted − actual</th>
        </tr>
      </thead>
      <tbody>
        {worst.map(({ row, actual, predicted }) => (
          <tr key={row}>
            <td>
              <Link href={href(row)} title="What every model said about this example">
                {number(row)}
              </Link>
            </td>
            <td className="num">{number(actual)}</td>
            <td className="num">{number(predicted)}</td>
            <td className="num">{signed(predicted - actual)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The sample as columns of a chart, by row. */
export function chartOf({ actual, predicted, row }: Residuals): ChartData {
  const values = [actual, predicted, actual.map((one, index) => predicted[index]! - one)];
  return { columns: [column("actual", "actual"), column("predicted", "predicted"), column("error", "predicted − actual")], ids: row.map(String), values, total: row.length, truncated: false, hidden: 0, sql: "" };
}

function column(key: string, name: string): TableColumn {
  return { key, kind: "field", name, type: "number", count: 0, distinct: 0, min: null, max: null, varies: true, log_scale: false, integer: false, higher_is_better: null, default: false, values: [] };
}
