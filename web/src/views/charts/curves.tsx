/** Learning curves of hundreds of runs: grouped, smoothed, with one crosshair over all charts. */
import { useMemo, useState } from "react";
import { useSeries, type Kind } from "@/api/queries";
import type { Series } from "@/api/types";
import { groupBy } from "@/lib/group";
import { duration, number, plural, shortId } from "@/lib/format";
import { band, smooth } from "@/lib/smoothing";
import { categorical } from "@/plot/colors";
import { Lines, type Line } from "@/plot/lines";
import { navigate, to } from "@/router/router";
import { HiddenHint } from "@/table/hidden-hint";
import type { TableState } from "@/table/state";
import { CopyMenu } from "@/ui/copy";
import { Card, Segmented } from "@/ui/parts";
import { Answer, Empty } from "@/ui/states";
import { useDark } from "@/ui/theme";

const MOST = 500;

interface Look {
  weight: number;
  logX: boolean;
  logY: boolean;
  x: "step" | "at" | "share";
  group: "none" | "run" | "mean";
}

export function Curves({ project, state, of }: { project: string; state: TableState; of: Kind }) {
  const { url } = state;
  const names = url.list("name");
  const all = useSeries({ project, filter: of === "runs" ? state.filter : "", hidden: state.hidden || null, points: 200, limit: MOST, name: names });
  return (
    <Answer of={all} lines={10}>
      {(answer) =>
        answer.names.length === 0 ? (
          <Empty title={answer.hidden > 0 ? "No curves in what is shown of this project" : "No curves in this project"}>
            <HiddenHint n={answer.hidden} state={state} />
            <p>
              Recorded by themselves are the rounds of boosters, the losses that models keep, and what a model is measured at between one <code>partial_fit</code> and the next. Log what your own loops measure with
            </p>
            <pre>run.log_metric("loss", value, step=epoch)</pre>
          </Empty>
        ) : (
          <CurveGrid series={answer.series} total={answer.total} names={answer.names} hidden={answer.hidden} state={state} sql={answer.sql} />
        )
      }
    </Answer>
  );
}

function CurveGrid({ series, total, names, hidden, state, sql }: { series: Series[]; total: number; names: string[]; hidden: number; state: TableState; sql: string }) {
  const { url } = state;
  const look: Look = {
    weight: Number(url.text("smooth", "0")),
    logX: url.text("lx") === "on",
    logY: url.text("ly") === "on",
    x: url.text("cx", "step") as Look["x"],
    group: url.text("cg", "none") as Look["group"],
  };
  const [cross, setCross] = useState<number | null>(null);
  const [hot, setHot] = useState<string | null>(null);
  const zoom = url.text("zoom");
  const range = useMemo(() => rangeOf(zoom), [zoom]);
  const byName = useMemo(() => groupBy(series, (one) => one.name), [series]);
  const colors = useMemo(() => colorsOf(series), [series]);
  const chosen = url.list("name");
  return (
    <div className="stack">
      <div className="controls">
        <label className="labelled">
          Smoothing
          <input type="range" min="0" max="0.99" step="0.01" value={look.weight} onChange={(event) => url.set({ smooth: event.target.value === "0" ? null : event.target.value }, { replace: true })} />
          <span className="num" style={{ width: 32 }}>
            {look.weight.toFixed(2)}
          </span>
        </label>
        <Segmented label="Horizontal" value={look.x} options={[["step", "Step"], ["at", "Time"], ["share", "Share of run"]]} onChange={(cx) => url.set({ cx: cx === "step" ? null : cx, zoom: null })} />
        <Segmented label="Curves" value={look.group} options={[["none", "Each"], ["run", "By run"], ["mean", "Mean and range"]]} onChange={(cg) => url.set({ cg: cg === "none" ? null : cg })} />
        <button type="button" className="btn" aria-pressed={look.logX} onClick={() => url.set({ lx: look.logX ? null : "on" })}>
          log x
        </button>
        <button type="button" className="btn" aria-pressed={look.logY} onClick={() => url.set({ ly: look.logY ? null : "on" })}>
          log y
        </button>
        {range && (
          <button type="button" className="btn" onClick={() => url.set({ zoom: null })}>
            Whole range
          </button>
        )}
        <CopyMenu sql={sql} />
      </div>
      <div className="row wrap" role="group" aria-label="Which curves">
        {names.slice(0, 40).map((name) => {
          const on = chosen.length === 0 || chosen.includes(name);
          return (
            <button key={name} type="button" className="btn small" aria-pressed={on} onClick={() => url.set({ name: chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name] })}>
              {name}
            </button>
          );
        })}
        <span className="muted small">
          {plural(series.length, "curve")}
          {total > series.length && ` of ${number(total)}; filter to see the others`}
        </span>
        <HiddenHint n={hidden} state={state} />
      </div>
      <div className="chart-grid">
        {[...byName].map(([name, curves]) => (
          <CurveCard key={name} name={name} series={curves} colors={colors} look={look} range={range} cross={cross} onCross={setCross} hot={hot} onHot={setHot} onZoom={(zoomed) => url.set({ zoom: zoomed && zoomed.map((end) => Number(end.toPrecision(6))).join(":") })} />
        ))}
      </div>
    </div>
  );
}

function rangeOf(zoom: string): [number, number] | undefined {
  const ends = zoom.split(":").map(Number);
  return ends.length === 2 && ends.every(Number.isFinite) ? [ends[0]!, ends[1]!] : undefined;
}

interface CardProps {
  name: string;
  series: Series[];
  colors: (one: Series) => number;
  look: Look;
  range: [number, number] | undefined;
  cross: number | null;
  onCross: (x: number | null) => void;
  hot: string | null;
  onHot: (run: string | null) => void;
  onZoom: (range: [number, number] | null) => void;
}

function CurveCard({ name, series, colors, look, range, cross, onCross, hot, onHot, onZoom }: CardProps) {
  const dark = useDark();
  const { weight, x, group } = look;
  const lines = useMemo(() => linesOf(series, colors, weight, x, group, dark), [series, colors, weight, x, group, dark]);
  const lower = series[0]?.higher_is_better === false;
  const ends = series.flatMap((one) => (one.last === null ? [] : [one.last]));
  return (
    <Card
      title={name}
      actions={
        <span className="muted small">
          {plural(lines.length, group === "mean" ? "group" : "curve")} · {lower ? "lowest" : "highest"} last {number(ends.length === 0 ? null : lower ? Math.min(...ends) : Math.max(...ends))}
        </span>
      }
    >
      <Lines
        label={`${name}, ${plural(lines.length, "curve")}`}
        lines={lines}
        height={240}
        xTitle={x === "step" ? "step" : x === "at" ? "since the run began" : "share of the run"}
        {...(x === "at" ? { xText: duration } : {})}
        logX={look.logX}
        logY={look.logY}
        {...(range ? { xDomain: range } : {})}
        cross={cross}
        onCross={onCross}
        hot={hot !== null && lines.some((line) => line.id === hot) ? hot : null}
        onHot={onHot}
        onZoom={onZoom}
        onOpen={(id) => navigate(id.startsWith("r-") ? to.run(id.split(" ")[0]!) : to.model(id.split(" ")[0]!))}
      />
    </Card>
  );
}

/** Which of the colours each curve has: those of one run the same, or those of one model where there is only one run. */
export function colorsOf(series: readonly Series[]): (one: Series) => number {
  const several = new Set(series.map((one) => one.run_id)).size > 1;
  const key = (one: Series): string => (several ? one.run_id : (one.model_id ?? one.run_id));
  const places = new Map([...new Set(series.map(key))].sort().map((id, place) => [id, place]));
  return (one) => places.get(key(one)) ?? 0;
}

/** The curves of one chart as they are drawn, in the colours that `colorsOf` gives the curves of all charts together. */
export function linesOf(series: readonly Series[], colors: (one: Series) => number, weight: number, x: Look["x"], group: Look["group"], dark: boolean): Line[] {
  const place = (one: Series): number[] => {
    if (x === "at") return one.at;
    if (x === "step") return one.step;
    const last = one.step.at(-1) || 1;
    return one.step.map((step) => step / last);
  };
  if (group === "mean") {
    const all = band(series.map((one) => ({ x: place(one), y: smooth(one.value, weight) })));
    return [{ id: "mean", name: `mean of ${series.length}`, color: categorical(0, dark), x: all.x, y: all.mean, low: all.low, high: all.high }];
  }
  const color = (one: Series) => categorical(colors(one), dark);
  if (group === "run") {
    return [...new Set(series.map((one) => one.run_id))].sort().map((run) => {
      const mine = series.filter((one) => one.run_id === run);
      const all = band(mine.map((one) => ({ x: place(one), y: smooth(one.value, weight) })));
      return { id: run, name: `${mine[0]!.run_name || shortId(run)} (${mine.length})`, color: color(mine[0]!), x: all.x, y: all.mean, low: all.low, high: all.high };
    });
  }
  return series.map((one) => ({
    id: one.model_id ? `${one.run_id} ${one.model_id}` : one.run_id,
    name: `${one.run_name || shortId(one.run_id)}${one.model_id ? ` · ${shortId(one.model_id)}` : ""}`,
    color: color(one),
    x: place(one),
    y: smooth(one.value, weight),
    raw: weight > 0 ? one.value : undefined,
  }));
}
