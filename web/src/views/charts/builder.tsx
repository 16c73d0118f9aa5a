/** Charts of one's own: choose mark and channels, get a Vega-Lite specification that can be edited, saved and taken along. */
import { useEffect, useMemo, useRef, useState } from "react";
import { useSave, useSaved, useSession } from "@/api/queries";
import type { ChartData, ColumnList } from "@/api/types";
import { fieldName, records } from "@/plot/scatter";
import { titleOf } from "@/table/cells";
import type { UrlState } from "@/router/state";
import { copyText } from "@/ui/copy";
import { Card, Select } from "@/ui/parts";
import { Problem } from "@/ui/states";
import { VegaChart } from "@/vega/vega-chart";
import { explaining } from "@/table/ranking";
import { optionsOf, type ChartProps } from "./charts";

const MARKS = ["point", "bar", "line", "area", "tick", "rect", "boxplot"];
const HOW = ["none", "mean", "median", "min", "max", "sum", "count", "stdev"];
const MOST_ROWS = 5000;

interface Choice {
  mark: string;
  x: string;
  y: string;
  color: string;
  size: string;
  facet: string;
  how: string;
  bin: boolean;
}

export function Builder({ data, columns, state, metric, project }: ChartProps & { project: string }) {
  const { url } = state;
  const choice: Choice = {
    mark: url.text("mark", "point"),
    x: url.text("x") || explaining(columns)[0]?.key || "created_at",
    y: metric,
    color: url.text("color", "type"),
    size: url.text("size", "none"),
    facet: url.text("facet", "none"),
    how: url.text("how", "none"),
    bin: url.text("bin") === "1",
  };
  const built = useMemo(() => specOf(choice, columns), [JSON.stringify(choice), columns]);
  const [edited, setEdited] = useEdited(url);
  const parsed = useMemo(() => parse(edited), [edited]);
  const values = useMemo(() => rowsFor(data), [data]);
  const spec = useMemo(() => ({ ...(parsed.spec ?? built), data: { values } }), [parsed.spec, built, values]);
  const none = { value: "none", text: "None" };
  const change = (key: string) => (value: string) => {
    setEdited(null);
    url.set({ [key]: value === "none" ? null : value, spec: null });
  };
  return (
    <div className="side-by-side">
      <Card title="Your chart">
        <VegaChart spec={spec} label={`${choice.y} by ${choice.x}`} height={400} />
        {data.ids.length > MOST_ROWS && <p className="muted small">The first {MOST_ROWS} rows are drawn here.</p>}
      </Card>
      <div className="stack">
        <Card title="Channels">
          <div className="stack">
            <Select label="Mark" value={choice.mark} options={MARKS.map((value) => ({ value, text: value }))} onChange={change("mark")} />
            <Select label="x" value={choice.x} options={optionsOf(columns)} onChange={change("x")} />
            <label className="check">
              <input type="checkbox" checked={choice.bin} onChange={() => change("bin")(choice.bin ? "none" : "1")} /> x in ranges
            </label>
            <Select label="y" value={choice.y} options={optionsOf(columns)} onChange={change("y")} />
            <Select label="Aggregate of y" value={choice.how} options={HOW.map((value) => ({ value, text: value }))} onChange={change("how")} />
            <Select label="Colour" value={choice.color} options={[none, ...optionsOf(columns)]} onChange={(value) => (setEdited(null), url.set({ color: value, spec: null }))} />
            <Select label="Size" value={choice.size} options={[none, ...optionsOf(columns)]} onChange={change("size")} />
            <Select label="Small multiples" value={choice.facet} options={[none, ...optionsOf(columns, (column) => column.distinct <= 16)]} onChange={change("facet")} />
          </div>
        </Card>
        <Card
          title="Vega-Lite"
          actions={
            <button type="button" className="btn small" onClick={() => void copyText(JSON.stringify(spec, null, 2), "Specification")}>
              Copy with data
            </button>
          }
        >
          <textarea className="field mono" rows={14} spellCheck={false} aria-label="Vega-Lite specification" value={edited ?? JSON.stringify(built, null, 2)} onChange={(event) => setEdited(event.target.value)} />
          {parsed.problem && <p className="problem">{parsed.problem}</p>}
          <SavedCharts project={project} onUse={(text) => setEdited(text)} current={edited ?? JSON.stringify(built, null, 2)} />
        </Card>
      </div>
    </div>
  );
}

/** Longer ones browsers and servers may refuse in an address; they live in the page alone. */
const MOST_IN_ADDRESS = 6000;
/** A pause in the typing. */
const PAUSE_MS = 300;

/** The specification somebody wrote; null for the one that the channels make. In the address whenever it can be read. */
function useEdited(url: UrlState): [string | null, (text: string | null) => void] {
  const asked = url.text("spec");
  const [text, setText] = useState(() => prettyOf(asked));
  const said = useRef(asked);
  const timer = useRef(0);
  useEffect(() => {
    // Another address, as of a saved view or by going back.
    if (asked === said.current) return;
    said.current = asked;
    setText(prettyOf(asked));
  }, [asked]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const { set } = url;
  const change = (next: string | null) => {
    setText(next);
    clearTimeout(timer.current);
    if (next === null) {
      said.current = "";
      return;
    }
    timer.current = window.setTimeout(() => {
      const { spec } = parse(next);
      const short = spec ? JSON.stringify(spec) : "";
      if (spec && short.length <= MOST_IN_ADDRESS) set({ spec: (said.current = short) }, { replace: true });
    }, PAUSE_MS);
  };
  return [text, change];
}

function prettyOf(asked: string): string | null {
  const { spec } = parse(asked === "" ? null : asked);
  return spec && JSON.stringify(spec, null, 2);
}

function SavedCharts({ project, current, onUse }: { project: string; current: string; onUse: (text: string) => void }) {
  const saved = useSaved("chart");
  const save = useSave("chart");
  const session = useSession();
  const [name, setName] = useState("");
  const prefix = `${project.replaceAll("/", "∕")} · `;
  const mine = (saved.data?.items ?? []).filter((item) => item.name.startsWith(prefix) && typeof item.value === "object" && item.value !== null);
  return (
    <div className="stack" style={{ marginTop: 8 }}>
      {mine.length > 0 && <Select label="Saved charts" value="" options={[{ value: "", text: "Choose…" }, ...mine.map((item) => ({ value: item.name, text: item.name.slice(prefix.length) }))]} onChange={(key) => onUse(JSON.stringify(mine.find((item) => item.name === key)?.value ?? {}, null, 2))} />}
      {session.data?.can_change && (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            const { spec } = parse(current);
            if (spec) save.mutate({ name: prefix + name.trim().replaceAll("/", "∕"), value: spec }, { onSuccess: () => setName("") });
          }}
        >
          <input className="field grow" aria-label="Name of the chart" placeholder="Save as…" value={name} onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="btn" disabled={name.trim() === ""}>
            Save
          </button>
        </form>
      )}
      {save.error && <Problem error={save.error} />}
    </div>
  );
}

export function specOf(choice: Choice, columns: ColumnList): object {
  const channel = (key: string, extra: object = {}): object | undefined => {
    const column = columns.columns.find((one) => one.key === key);
    if (!column) return undefined;
    const numeric = ["number", "duration", "bytes"].includes(column.type);
    const type = column.type === "time" ? "temporal" : numeric ? "quantitative" : "nominal";
    const scale = numeric ? { scale: { type: column.log_scale ? "log" : "linear", zero: false } } : {};
    return { field: fieldName(key), type, title: titleOf(column), ...scale, ...extra };
  };
  const y = choice.how === "count" ? { aggregate: "count", type: "quantitative" } : channel(choice.y, choice.how === "none" ? {} : { aggregate: choice.how });
  const encoding: Record<string, object | undefined> = { x: channel(choice.x, choice.bin ? { bin: true, scale: {} } : {}), y, color: channel(choice.color), size: channel(choice.size), facet: channel(choice.facet) };
  if (choice.facet !== "none" && encoding["facet"]) encoding["facet"] = { ...encoding["facet"], columns: 3 };
  const given = Object.fromEntries(Object.entries(encoding).filter(([, value]) => value !== undefined));
  const small = choice.facet === "none" ? {} : { width: 180, height: 130 };
  return { $schema: "https://vega.github.io/schema/vega-lite/v6.json", ...small, mark: { type: choice.mark, tooltip: true, ...(choice.mark === "point" ? { filled: true, opacity: 0.7 } : {}) }, encoding: given };
}

function parse(text: string | null): { spec: object | null; problem: string | null } {
  if (text === null) return { spec: null, problem: null };
  try {
    const spec = JSON.parse(text) as unknown;
    if (typeof spec !== "object" || spec === null || Array.isArray(spec)) return { spec: null, problem: "A specification is a JSON object." };
    return { spec, problem: null };
  } catch (error) {
    return { spec: null, problem: (error as Error).message };
  }
}

function rowsFor(data: ChartData): Record<string, unknown>[] {
  return records(data.ids.length > MOST_ROWS ? { ...data, ids: data.ids.slice(0, MOST_ROWS) } : data);
}
