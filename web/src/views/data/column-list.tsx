/** The schema of a dataset with what is known of each column. */
import { useDataset } from "@/api/queries";
import type { DatasetColumn } from "@/api/types";
import { number, value } from "@/lib/format";
import { Spark } from "@/plot/bars";
import { Answer } from "@/ui/states";

/** Narrow, for the side of a graph. */
export function ColumnList({ dataset, onTrace }: { dataset: string; onTrace: (column: string) => void }) {
  const answer = useDataset(dataset);
  return (
    <Answer of={answer}>
      {(data) => (
        <div>
          <h3>{number(data.columns.length)} columns</h3>
          <table className="table">
            <tbody>
              {data.columns.map((column) => (
                <tr key={column.position}>
                  <td>
                    <button type="button" className="btn quiet small" title="Where it comes from and goes to" onClick={() => onTrace(column.name)}>
                      {column.name || "(no name)"}
                    </button>
                    <div className="small muted">{column.dtype}</div>
                  </td>
                  <td className="small" style={{ width: "46%" }}>
                    <Shape column={column} />
                    <div className="muted">{brief(column)}</div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Answer>
  );
}

export function Shape({ column }: { column: DatasetColumn }) {
  if (column.histogram) return <Spark counts={column.histogram.counts} label={`Histogram of ${column.name}`} />;
  if (column.top.length === 0) return null;
  const most = Math.max(...column.top.map((one) => one.count));
  return (
    <div title={column.top.map((one) => `${one.value ?? "missing"}: ${one.count}`).join("\n")}>
      {column.top.slice(0, 3).map((one) => (
        <div key={String(one.value)} className="row small" style={{ gap: 6, lineHeight: "13px" }}>
          <span className="meter" style={{ width: 60, height: 6, flex: "none" }}>
            <i style={{ width: `${(one.count / most) * 100}%` }} />
          </span>
          <span className="ellipsis">{one.value ?? "missing"}</span>
        </div>
      ))}
    </div>
  );
}

export function brief(column: DatasetColumn): string {
  const parts: string[] = [];
  if (column.min !== null && column.max !== null) parts.push(`${value(column.min)} … ${value(column.max)}`);
  if (column.n_distinct !== null) parts.push(`${number(column.n_distinct)} distinct`);
  if (column.n_null) parts.push(`${number(column.n_null)} missing`);
  return parts.join(" · ");
}
