/** The picture above the table: progress over time, the metric against what moves it most, and what goes with it. */
import { memo, useMemo } from "react";
import { useChartData, type Kind } from "@/api/queries";
import type { ColumnList, TableColumn } from "@/api/types";
import { conjoin, oneOf, replaceRange, between, columnText, type Scalar } from "@/lib/filter";
import { number } from "@/lib/format";
import type { Influence } from "@/lib/influence";
import { Scatter, columnOf } from "@/plot/scatter";
import { isNumeric } from "@/plot/scale";
import { kindOf, rowName } from "@/table/naming";
import { explaining, useRanked } from "@/table/ranking";
import { rowsOf, type TableState } from "@/table/state";
import { titled, titleOf } from "@/table/cells";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { withQuery } from "@/router/state";
import { Select } from "@/ui/parts";

interface Props {
  of: Kind;
  state: TableState;
  columns: ColumnList;
  hot: string | null;
  onHot: (id: string | null) => void;
  onOpen: (id: string) => void;
  total: number;
}

const HEIGHT = 168;
/** A share of variance that is written as more than 0 %. */
const WORTH_SAYING = 0.005;
const MOST = 5000;

export const Strip = memo(function Strip({ of, state, columns, hot, onHot, onOpen }: Props) {
  const { url } = state;
  const project = String(state.rows["project"]);
  const metric = url.text("y", columns.main_metric ?? "");
  const time = of === "models" ? "created_at" : "started_at";
  const params = useMemo(() => explaining(columns).slice(0, 24), [columns]);
  const label = kindOf(of, columns);
  const fields = useMemo(() => {
    const words = of === "models" ? ["name", "type", "steps"].filter((key) => columns.columns.some((column) => column.key === key && column.count > 0)) : ["name", label];
    return [...new Set([metric, time, ...words, ...params.map((column) => column.key)])].filter((key) => key !== "");
  }, [of, columns, metric, time, label, params]);
  const chart = useChartData(metric === "" ? null : { of, ...state.rows, fields, limit: MOST });
  const data = useMemo(() => chart.data && titled(chart.data), [chart.data]);
  const ranked = useRanked(data, params, metric);
  const x = url.text("x", ranked?.[0]?.key ?? params[0]?.key ?? "");
  if (metric === "") return null;
  const direction = columns.columns.find((column) => column.key === metric)?.higher_is_better;
  const metrics = columns.columns.filter((column) => column.kind === "metric").map((column) => ({ value: column.key, text: column.name }));
  const name = (index: number): string => rowName(of, data!, index);
  const brushed = (key: string) => (brush: { x: [number, number] | null }) => {
    if (!brush.x) return;
    const column = data && columnOf(data, key)?.column;
    if (!column || !isNumeric(column)) return;
    const condition = column.type === "time" ? timeRange(key, brush.x) : between(key, brush.x[0], brush.x[1]);
    url.set({ filter: column.type === "time" ? conjoin(withoutTime(state.filter, key), condition) : replaceRange(state.filter, key, condition) });
  };
  return (
    <section className="strip" aria-label="Charts of these rows">
      <div className="pane">
        <header>
          <Select hideLabel label="Metric" value={metric} options={metrics} onChange={(y) => url.set({ y: y === columns.main_metric ? null : y })} />
          <span className="muted">over time</span>
          {data?.truncated && <span className="muted small">({number(data.ids.length)} of {number(data.total)})</span>}
        </header>
        {data ? (
          <Scatter data={data} x={time} y={metric} color={label} height={HEIGHT} titles={false} legend={false} brush="x" onBrush={brushed(time)} onOpen={onOpen} onHover={onHot} hot={hot} frontier={direction === false ? -1 : 1} name={name} />
        ) : (
          <div className="skeleton" style={{ height: HEIGHT }} />
        )}
      </div>
      {x !== "" && (
        <div className="pane">
          <header>
            <b className="ellipsis">{data && columnOf(data, metric)?.column.name}</b>
            <span className="muted">against</span>
            <Select hideLabel label="Hyperparameter" value={x} options={params.map((column) => ({ value: column.key, text: titleOf(column) }))} onChange={(key) => url.set({ x: key })} />
          </header>
          {data && ranked ? (
            <Scatter data={data} x={x} y={metric} color={label} height={HEIGHT} titles={false} legend={false} brush="x" onBrush={brushed(x)} onOpen={onOpen} onHover={onHot} hot={hot} name={name} />
          ) : (
            <div className="skeleton" style={{ height: HEIGHT }} />
          )}
        </div>
      )}
      {params.length > 0 && (
        <div className="pane">
          <header>
            <b className="ellipsis">What goes with {data && columnOf(data, metric)?.column.name}</b>
            <span className="muted small nowrap" title="The share of the metric's variance that the values of one hyperparameter explain, each taken alone. It says what goes along, not what causes.">
              share of variance
            </span>
            <Link className="small nowrap" style={{ marginLeft: "auto" }} href={to.charts(project) + withQuery(new URLSearchParams(), { of: of === "runs" ? "runs" : null, ...rowsOf(state), y: url.text("y") })}>
              All charts
            </Link>
          </header>
          <div className="scroll-y" style={{ height: HEIGHT }}>
            {ranked ? <Influences of={ranked} params={params} chosen={x} onPick={(key) => url.set({ x: key })} /> : <div className="skeleton" style={{ height: HEIGHT }} />}
          </div>
        </div>
      )}
    </section>
  );
});

export function Influences({ of, params, chosen, onPick }: { of: readonly Influence[]; params: readonly TableColumn[]; chosen: string; onPick: (key: string) => void }) {
  if (of.length === 0) return <p className="muted small">It takes four rows with this metric and different values of a hyperparameter to say.</p>;
  const nameOf = (key: string): string => {
    const column = params.find((one) => one.key === key);
    return column ? titleOf(column) : key;
  };
  if (of.every(({ share }) => share < WORTH_SAYING)) return <p className="muted small" style={{ paddingBottom: 6 }}>{alone(of.map(({ key }) => nameOf(key)))}</p>;
  return (
    <table className="table influences">
      <tbody>
        {of.map(({ key, share, direction }) => {
          const arrow = direction === null || Math.abs(direction) < 0.2 ? "" : direction > 0 ? "↑" : "↓";
          return (
            <tr key={key} className={key === chosen ? "lit" : ""}>
              <th scope="row">
                <button type="button" className="btn quiet small ellipsis" onClick={() => onPick(key)}>
                  {nameOf(key)}
                </button>
              </th>
              <td style={{ width: "45%" }}>
                <span className="meter">
                  <i style={{ width: `${share * 100}%` }} />
                </span>
              </td>
              <td className="num" title={direction === null ? undefined : `rank correlation ${number(direction, 2)}`}>
                {Math.round(share * 100)} % <span className="muted">{arrow}</span>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

/** What there is to say when no share is more than nothing. */
function alone(names: readonly string[]): string {
  const some = names.length === 1 ? names[0] : `none of ${names.slice(0, 5).join(", ")}${names.length > 5 ? " and others" : ""}`;
  return `Taken alone, ${some} explains ${names.length === 1 ? "next to nothing" : "more than next to nothing"}.`;
}

function timeRange(key: string, [low, high]: [number, number]): string {
  const iso = (at: number) => new Date(at * 1000).toISOString().slice(0, 19);
  return `${columnText(key)} between '${iso(low)}' and '${iso(high)}'`;
}

const withoutTime = (filter: string, key: string): string => replaceRange(filter, key, null);

export const pickCategory = (filter: string, key: string, value: Scalar): string => conjoin(filter, oneOf(key, [value]));
