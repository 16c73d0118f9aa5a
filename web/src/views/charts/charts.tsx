/** Charts of everything in a project: one kind at a time, all of its settings in the address, the rows below. */
import { Suspense, useEffect, useMemo } from "react";
import { useChartData, useColumns, type Kind } from "@/api/queries";
import { ApiError } from "@/api/client";
import type { ChartData, ColumnList } from "@/api/types";
import { number, plural } from "@/lib/format";
import { navigate, to } from "@/router/router";
import { FilterBox, FilterChips } from "@/table/filter-box";
import { titled, titleOf } from "@/table/cells";
import { HiddenHint } from "@/table/hidden-hint";
import { useTableState, type TableState } from "@/table/state";
import { CopyMenu } from "@/ui/copy";
import { later } from "@/ui/later";
import { Head, Segmented } from "@/ui/parts";
import { Empty, Failure, Loading } from "@/ui/states";
import { SavedViews } from "@/views/table/saved-views";
import { rowName } from "@/table/naming";
import { explaining, rankAhead } from "@/table/ranking";
import { Curves } from "./curves";
import { GroupedChart } from "./grouped-chart";
import { LinkedRows } from "./linked-rows";
import { MattersChart } from "./matters-chart";
import { ParallelChart } from "./parallel-chart";
import { ScatterChart } from "./scatter-chart";

const Builder = later(async () => (await import("./builder")).Builder);

const KINDS = [
  ["time", "Over time"],
  ["scatter", "Scatter"],
  ["parallel", "Parallel"],
  ["grouped", "Grouped"],
  ["matters", "What matters"],
  ["curves", "Curves"],
  ["builder", "Builder"],
] as const;
type ChartKind = (typeof KINDS)[number][0];

export interface ChartProps {
  data: ChartData;
  columns: ColumnList;
  state: TableState;
  metric: string;
  of: Kind;
  onOpen: (id: string) => void;
  name: (index: number) => string;
}

export function Charts({ params }: { params: { project: string } }) {
  const { project } = params;
  const state = useTableState(project);
  const { url } = state;
  const of: Kind = url.text("of") === "runs" ? "runs" : "models";
  const kind = (KINDS.find(([name]) => name === url.text("kind"))?.[0] ?? "time") as ChartKind;
  const columns = useColumns(of, { project, roles: of === "models" ? state.roles : [], hidden: state.hidden || null });
  const metric = url.text("y", columns.data?.main_metric ?? "");
  const fields = useMemo(() => fieldsFor(columns.data, metric, url.list("axis"), [url.text("x"), url.text("color"), url.text("shape"), url.text("by"), url.text("and")], of), [columns.data, metric, url, of]);
  const chart = useChartData(columns.data && kind !== "curves" && fields.length > 0 ? { of, ...state.rows, fields, limit: 20_000 } : null);
  const data = useMemo(() => chart.data && titled(chart.data), [chart.data]);
  useEffect(() => (data && columns.data && metric !== "" ? rankAhead(data, explaining(columns.data), metric) : undefined), [data, columns.data, metric]);
  const open = (id: string) => navigate(of === "models" ? to.model(id) : to.run(id));
  const name = (index: number) => (data ? rowName(of, data, index) : "");
  const invalid = chart.error instanceof ApiError && chart.error.code === "invalid_filter";
  const props = data && columns.data ? { data, columns: columns.data, state, metric, of, onOpen: open, name } : null;
  const rows = kind !== "curves" && kind !== "builder";
  return (
    <>
      <Head crumbs={[["Projects", to.projects()], [project, to.models(project)]]} title="Charts">
        <Segmented label="Charts of" value={of} options={[["models", "Models"], ["runs", "Runs"]]} onChange={(next) => url.set({ of: next === "models" ? null : next, y: null, x: null, by: null, and: null, color: null, axis: null, brush: null, spec: null })} />
        <SavedViews project={project} of="charts" />
        {kind !== "curves" && <CopyMenu sql={data?.sql} />}
      </Head>
      <div className="toolbar">
        <Segmented label="Kind of chart" value={kind} options={KINDS} onChange={(next) => url.set({ kind: next === "time" ? null : next })} />
        <FilterBox filter={state.filter} columns={columns.data?.columns ?? []} error={chart.error} onFilter={(filter) => url.set({ filter })} />
      </div>
      <FilterChips filter={state.filter} onFilter={(filter) => url.set({ filter })} />
      {kind !== "curves" && data && (data.hidden > 0 || state.hidden) && (
        <div className="chips">
          <HiddenHint n={data.hidden} state={state} />
        </div>
      )}
      <div className="page stack" style={{ paddingTop: 4 }}>
        {kind === "curves" ? (
          <Curves project={project} state={state} of={of} />
        ) : columns.error ? (
          <Failure error={columns.error} retry={() => void columns.refetch()} />
        ) : chart.error && !invalid ? (
          <Failure error={chart.error} retry={() => void chart.refetch()} />
        ) : columns.data && metric === "" && kind !== "builder" ? (
          <Empty title="Nothing was measured yet">
            <p>Charts need a metric: one of sklearn.metrics called in a recorded script, or run.log_metric(…).</p>
            {of === "models" && (
              <button type="button" className="btn" onClick={() => url.set({ of: "runs" })}>
                What runs logged
              </button>
            )}
          </Empty>
        ) : !props ? (
          <Loading lines={10} />
        ) : data!.ids.length === 0 ? (
          <Empty title={state.filter !== "" ? "Nothing passes the filter" : data!.hidden > 0 ? "Everything here is hidden" : `No ${of} yet`} />
        ) : (
          <>
            {data!.truncated && (
              <p className="notice">
                {number(data!.ids.length)} of {plural(data!.total, "row")} are drawn, an even sample over time. A filter brings all of what you look at.
              </p>
            )}
            {kind === "time" && <ScatterChart {...props} time />}
            {kind === "scatter" && <ScatterChart {...props} />}
            {kind === "parallel" && <ParallelChart {...props} />}
            {kind === "grouped" && <GroupedChart {...props} />}
            {kind === "matters" && <MattersChart {...props} />}
            {kind === "builder" && (
              <Suspense fallback={<Loading lines={8} />}>
                <Builder {...props} project={project} />
              </Suspense>
            )}
            {rows && <LinkedRows of={of} state={state} metric={metric} />}
          </>
        )}
      </div>
    </>
  );
}

/** What to ask for: the metric, times, names, and every hyperparameter that varies, so that switching asks nothing. */
function fieldsFor(columns: ColumnList | undefined, metric: string, axes: readonly string[], chosen: readonly string[], of: Kind): string[] {
  if (!columns) return [];
  const known = new Set(columns.columns.map((column) => column.key));
  const params = explaining(columns).map((column) => column.key);
  const metrics = columns.columns.filter((column) => column.kind === "metric" && column.varies).map((column) => column.key);
  const basics = of === "models" ? ["created_at", "name", "type", "steps"] : ["started_at", "name", "status", "script"];
  const wanted = [metric, ...chosen, ...axes, ...basics, ...params.slice(0, 24), ...metrics.slice(0, 10)];
  return [...new Set(wanted)].filter((key) => known.has(key)).slice(0, 60);
}

/** Columns a chart can offer, in the groups of the table. */
export function optionsOf(columns: ColumnList, test: (column: ColumnList["columns"][number]) => boolean = () => true) {
  const groups: Record<string, string> = { field: "Fields", metric: "Metrics", param: "Hyperparameters", tag: "Tags", feature: "Features" };
  return columns.columns.filter((column) => column.count > 0 && test(column)).map((column) => ({ value: column.key, text: titleOf(column), group: groups[column.kind] ?? column.kind }));
}
