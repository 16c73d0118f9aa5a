/** Anything against anything; over time it also draws the best so far, and a strip below keeps the whole in view. */
import { between, columnText, conjoin, oneOf, replaceRange } from "@/lib/filter";
import { isNumeric } from "@/plot/scale";
import { columnOf, Scatter, type Brush } from "@/plot/scatter";
import { Card, Segmented, Select } from "@/ui/parts";
import { kindOf } from "@/table/naming";
import { explaining } from "@/table/ranking";
import { optionsOf, type ChartProps } from "./charts";

type Log = "auto" | "on" | "off";
const LOGS = [["auto", "auto"], ["on", "log"], ["off", "linear"]] as const;
const asLog = (value: string): boolean | null => (value === "on" ? true : value === "off" ? false : null);

export function ScatterChart(props: ChartProps & { time?: boolean }) {
  const { data, columns, state, metric, of, time } = props;
  const { url } = state;
  const clock = of === "models" ? "created_at" : "started_at";
  const numericX = url.text("x");
  const x = time ? clock : numericX || explaining(columns)[0]?.key || clock;
  const color = url.text("color", kindOf(of, columns));
  const shape = url.text("shape");
  const [logX, logY] = [url.text("lx", "auto") as Log, url.text("ly", "auto") as Log];
  const direction = columnOf(data, metric)?.column.higher_is_better;
  const none = { value: "none", text: "None" };
  const brush = ({ x: bx, y: by }: Brush) => {
    let filter = state.filter;
    for (const [key, range] of [[x, bx], [metric, by]] as const) {
      const column = columnOf(data, key)?.column;
      if (!range || !column || !isNumeric(column)) continue;
      if (column.type === "time") {
        const iso = (at: number) => new Date(at * 1000).toISOString().slice(0, 19);
        filter = conjoin(replaceRange(filter, key, null), `${columnText(key)} between '${iso(range[0])}' and '${iso(range[1])}'`);
      } else filter = replaceRange(filter, key, between(key, range[0], range[1]));
    }
    url.set({ filter });
  };
  return (
    <Card
      title={time ? "Over time" : "Scatter"}
      actions={
        <div className="controls">
          <Select label="y" value={metric} options={optionsOf(columns, isNumeric)} onChange={(y) => url.set({ y: y === columns.main_metric ? null : y })} />
          {!time && <Select label="x" value={x} options={optionsOf(columns)} onChange={(next) => url.set({ x: next })} />}
          <Select label="Colour" value={color} options={[none, ...optionsOf(columns)]} onChange={(next) => url.set({ color: next })} />
          <Select label="Shape" value={shape || "none"} options={[none, ...optionsOf(columns, (column) => column.type !== "time" && column.distinct <= 12)]} onChange={(next) => url.set({ shape: next === "none" ? null : next })} />
          {!time && <Segmented label="Horizontal axis" value={logX} options={LOGS.map(([value, text]) => [value, `x ${text}`] as const)} onChange={(next) => url.set({ lx: next === "auto" ? null : next })} />}
          <Segmented label="Vertical axis" value={logY} options={LOGS.map(([value, text]) => [value, `y ${text}`] as const)} onChange={(next) => url.set({ ly: next === "auto" ? null : next })} />
        </div>
      }
    >
      <Scatter
        data={data}
        x={x}
        y={metric}
        color={color === "none" ? null : color}
        shape={shape || null}
        height={380}
        logX={asLog(logX)}
        logY={asLog(logY)}
        brush="xy"
        onBrush={brush}
        onOpen={props.onOpen}
        frontier={time ? (direction === false ? -1 : 1) : null}
        name={props.name}
        onPickColor={(value) => {
          const found = columnOf(data, color);
          const index = found?.values.findIndex((one) => String(one) === value) ?? -1;
          if (found && index >= 0) url.set({ filter: conjoin(state.filter, oneOf(color, [found.values[index] as string])) });
        }}
      />
      <p className="muted small">Drag to keep only what is in the rectangle, click a point to open it.{time && " The dashed line is the best so far."}</p>
    </Card>
  );
}
