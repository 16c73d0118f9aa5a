/** Parallel coordinates; what is brushed becomes the filter, so the rows below are the lines above. */
import { useMemo, useState } from "react";
import { between, columnText, conjoin, conjuncts, oneOf, type Scalar } from "@/lib/filter";
import { categoryOf, isNumeric } from "@/plot/scale";
import { brushesOf, brushTexts, type Brush, type Brushes } from "@/plot/brushes";
import { Parallel } from "@/plot/parallel";
import { columnOf } from "@/plot/scatter";
import { Icon } from "@/ui/icon";
import { Card, Select } from "@/ui/parts";
import { explaining, rankedBy } from "@/table/ranking";
import { optionsOf, type ChartProps } from "./charts";

const MOST_AXES = 8;

export function ParallelChart({ data, columns, state, metric, onOpen }: ChartProps) {
  const { url } = state;
  const chosen = url.list("axis");
  const ranked = useMemo(() => rankedParams(data, columns, metric), [data, columns, metric]);
  const axes = useMemo(() => {
    const params = chosen.length > 0 ? chosen : ranked.slice(0, MOST_AXES - 1);
    return [...params.filter((key) => key !== metric), metric];
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [chosen.join("\n"), ranked, metric]);
  const color = url.text("color", metric);
  /** As they are dragged; the address has them once they are let go. */
  const [dragged, setDragged] = useState<Brushes | null>(null);
  const texts = url.list("brush").join("\n");
  const kept = useMemo(() => onAxes(brushesOf(texts.split("\n")), axes), [texts, axes]);
  const brushes = dragged ?? kept;
  const setBrushes = (next: Brushes, done = true) => {
    setDragged(done ? null : next);
    if (done) url.set({ brush: brushTexts(next) }, { replace: true });
  };
  const apply = () => {
    const conditions = Object.entries(brushes).map(([key, brush]) => condition(data, key, brush));
    url.set({ brush: null, filter: conditions.reduce((filter, one) => conjoin(filter, one), withoutKeys(state.filter, Object.keys(brushes))) });
  };
  const n = Object.keys(brushes).length;
  return (
    <Card
      title="Parallel coordinates"
      actions={
        <div className="controls">
          {n > 0 && (
            <>
              <button type="button" className="btn primary" onClick={apply}>
                <Icon name="filter" /> Keep only these
              </button>
              <button type="button" className="btn" onClick={() => setBrushes({})}>
                Clear brushes
              </button>
            </>
          )}
          <Select label="Metric" value={metric} options={optionsOf(columns, (column) => column.kind === "metric")} onChange={(y) => url.set({ y })} />
          <Select label="Colour" value={color} options={optionsOf(columns)} onChange={(next) => url.set({ color: next })} />
          <Select hideLabel label="Add an axis" value="" options={[{ value: "", text: "Add an axis…" }, ...optionsOf(columns, (column) => column.varies && !axes.includes(column.key))]} onChange={(key) => key !== "" && url.set({ axis: [...axes.slice(0, -1), key] })} />
        </div>
      }
    >
      <Parallel data={data} axes={axes} color={color} height={340} brushes={brushes} onBrushes={setBrushes} onOpen={onOpen} />
      <div className="row wrap">
        {axes.slice(0, -1).map((key) => (
          <span key={key} className="chip">
            {columnOf(data, key)?.column.name ?? key}
            <button type="button" aria-label={`Remove the axis ${key}`} onClick={() => url.set({ axis: axes.slice(0, -1).filter((one) => one !== key) })}>
              <Icon name="close" size={11} />
            </button>
          </span>
        ))}
        <span className="muted small">Drag along an axis to brush, click it to clear. Axes are those that go along with the metric most; logarithmic where values span two decades.</span>
      </div>
    </Card>
  );
}

export const rankedParams = (data: ChartProps["data"], columns: ChartProps["columns"], metric: string): string[] => rankedBy(data, explaining(columns), metric).map((one) => one.key);

/** An axis that is taken away takes its brush with it. */
const onAxes = (brushes: Brushes, axes: readonly string[]): Brushes => Object.fromEntries(Object.entries(brushes).filter(([key]) => axes.includes(key)));

function condition(data: ChartProps["data"], key: string, brush: Brush): string {
  const found = columnOf(data, key)!;
  if (brush.categories) {
    const wanted = new Set(brush.categories);
    const values = [...new Set(found.values.filter((value) => wanted.has(categoryOf(value))))] as Scalar[];
    return values.some((value) => value === null) ? values.map((value) => oneOf(key, [value])).join(" or ").replace(/^(.*)$/, "($1)") : oneOf(key, values);
  }
  if (found.column.type === "time") {
    const iso = (at: number) => new Date(at * 1000).toISOString().slice(0, 19);
    return `${columnText(key)} between '${iso(brush.low)}' and '${iso(brush.high)}'`;
  }
  return isNumeric(found.column) ? between(key, brush.low, brush.high) : "";
}

/** The filter without earlier ranges and lists of the same columns, which the new ones narrow anyway. */
function withoutKeys(filter: string, keys: readonly string[]): string {
  const heads = keys.flatMap((key) => [`${columnText(key)} between `, `${columnText(key)} in (`]);
  return conjuncts(filter)
    .filter((part) => !heads.some((head) => part.startsWith(head)))
    .join(" and ");
}
