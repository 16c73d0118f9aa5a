/** The schema of a dataset with what is known of each column. */
import { useMemo, type ReactNode } from "react";
import { useDataset, useDistributions } from "@/api/queries";
import type { ColumnDistribution, DatasetBrief, DatasetColumn } from "@/api/types";
import { date, duration, number, plural, value } from "@/lib/format";
import { Spark } from "@/plot/bars";
import { useUrlState } from "@/router/state";
import { useUnfolded } from "@/router/unfolding";
import { Answer } from "@/ui/states";

/** Narrow, for the side of a graph. */
export function ColumnList({ dataset, onTrace }: { dataset: string; onTrace: (column: string) => void }) {
  const answer = useDataset(dataset);
  const shape = useShapes(answer.data?.dataset);
  const few = useFew(answer.data?.columns ?? NONE);
  return (
    <Answer of={answer}>
      {(data) => (
        <div>
          <h3>{plural(data.columns.filter((column) => column.position >= 0).length, "column")}</h3>
          {few.controls}
          <table className="table">
            <tbody>
              {few.shown.map((column) => (
                <tr key={column.position}>
                  <td>
                    <button type="button" className="btn quiet small" title="Where it comes from and goes to" onClick={() => onTrace(column.name)}>
                      {column.name || (column.position < 0 ? "(index)" : "(no name)")}
                    </button>
                    <div className="small muted">{column.dtype}</div>
                  </td>
                  <td className="small" style={{ width: "46%" }}>
                    <Shape name={column.name} of={shape(column.position)} />
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

const NONE: readonly DatasetColumn[] = [];

/** What the values of a column look like: a histogram, or the most frequent values. */
export function Shape({ name, of }: { name: string; of: ColumnDistribution | undefined }) {
  if (!of) return null;
  const gaps = [of.n_missing > 0 && `${number(of.n_missing)} missing`, of.n_infinite > 0 && `${number(of.n_infinite)} infinite`].filter(Boolean).join(", ");
  if (of.bins) {
    const [low, high] = [end(of, of.bins.low), end(of, of.bins.high)];
    return <Spark counts={of.bins.counts} label={`Histogram of ${name}, ${low} to ${high}${gaps ? `; ${gaps}` : ""}`} />;
  }
  if (of.top.length === 0) return <span className="muted small">{gaps}</span>;
  const rows = of.top.reduce((sum, one) => sum + one.count, of.n_other);
  const all = [...of.top.map((one) => `${one.value}: ${number(one.count)}`), of.n_other > 0 && `others: ${number(of.n_other)}`, gaps];
  return (
    <div style={{ maxWidth: 180 }} title={all.filter(Boolean).join("\n")}>
      {of.top.slice(0, 3).map((one) => (
        <div key={one.value} className="row small" style={{ gap: 6, lineHeight: "13px" }}>
          <span className="meter" style={{ width: 60, height: 6, flex: "none" }}>
            <i style={{ width: `${(one.count / rows) * 100}%` }} />
          </span>
          <span className="ellipsis">{one.value}</span>
        </div>
      ))}
    </div>
  );
}

function end(of: ColumnDistribution, at: number): string {
  return of.unit === "time" ? date(at) : of.unit === "duration" ? duration(at) : number(at);
}

/** The distributions of a dataset's columns by their position; none while they are on their way or not kept. */
export function useShapes(dataset: DatasetBrief | undefined): (position: number) => ColumnDistribution | undefined {
  const { data } = useDistributions(dataset);
  return useMemo(() => {
    const found = new Map(data?.columns.map((one) => [one.position, one]));
    return (position) => found.get(position);
  }, [data]);
}

const FEW = 100;

/** Of very many columns the first, with a way to find and to see the others. */
export function useFew(all: readonly DatasetColumn[]): { shown: readonly DatasetColumn[]; controls: ReactNode } {
  const url = useUrlState();
  const text = url.text("find");
  const [every, setEvery] = useUnfolded("columns");
  const found = useMemo(() => (text === "" ? all : all.filter((column) => column.name.toLowerCase().includes(text.toLowerCase()))), [all, text]);
  const shown = every ? found : found.slice(0, FEW);
  const controls = all.length > FEW && (
    <div className="row" style={{ padding: "8px 0" }}>
      <input type="search" className="field" aria-label="Search columns" placeholder="Search columns" value={text} onChange={(event) => url.set({ find: event.target.value }, { replace: true })} />
      <span className="muted small" role="status">
        {number(shown.length)} of {number(all.length)}
      </span>
      {shown.length < found.length && (
        <button type="button" className="btn small" onClick={() => setEvery(true)}>
          Show {number(found.length)}
        </button>
      )}
    </div>
  );
  return { shown, controls };
}

export function brief(column: DatasetColumn): string {
  const parts: string[] = [];
  if (column.min !== null && column.max !== null) parts.push(`${value(column.min)} … ${value(column.max)}`);
  if (column.n_distinct !== null) parts.push(`${number(column.n_distinct)} distinct`);
  if (column.n_null) parts.push(`${number(column.n_null)} missing`);
  return parts.join(" · ");
}
