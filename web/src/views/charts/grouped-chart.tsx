/** A metric by the values of one or two columns. */
import { between, conjoin, oneOf, replaceRange, type Scalar } from "@/lib/filter";
import { AGGREGATES, type Aggregate } from "@/lib/stats";
import { Grouped, type GroupedKind } from "@/plot/grouped";
import { isNumeric } from "@/plot/scale";
import { Card, Segmented, Select } from "@/ui/parts";
import { optionsOf, type ChartProps } from "./charts";
import { rankedParams } from "./parallel-chart";
import { useMemo } from "react";

export function GroupedChart({ data, columns, state, metric, of }: ChartProps) {
  const { url } = state;
  const kind = url.text("as", "box") as GroupedKind;
  const ranked = useMemo(() => rankedParams(data, columns, metric), [data, columns, metric]);
  const by = url.text("by") || ranked[0] || (of === "models" ? "type" : "script");
  const and = url.text("and") || (kind === "heat" ? (ranked.find((key) => key !== by) ?? "type") : "");
  const how = url.text("how", "mean") as Aggregate;
  const groupable = optionsOf(columns, (column) => column.type !== "time" && column.type !== "id" && column.kind !== "feature");
  return (
    <Card
      title="Grouped"
      actions={
        <div className="controls">
          <Segmented label="Drawn as" value={kind} options={[["box", "Box"], ["bar", "Bar"], ["heat", "Heat map"]]} onChange={(next) => url.set({ as: next === "box" ? null : next })} />
          <Select label="Metric" value={metric} options={optionsOf(columns, isNumeric)} onChange={(y) => url.set({ y })} />
          {kind !== "box" && <Select label="Aggregate" value={how} options={AGGREGATES.map((value) => ({ value, text: value }))} onChange={(next) => url.set({ how: next === "mean" ? null : next })} />}
          <Select label="by" value={by} options={groupable} onChange={(next) => url.set({ by: next })} />
          <Select label="and" value={and || "none"} options={[...(kind === "heat" ? [] : [{ value: "none", text: "Nothing else" }]), ...groupable]} onChange={(next) => url.set({ and: next === "none" ? null : next })} />
        </div>
      }
    >
      <Grouped
        data={data}
        kind={kind}
        by={by}
        and={and === "none" || and === "" ? null : and}
        metric={metric}
        how={how}
        height={380}
        onPick={(conditions) => {
          let filter = state.filter;
          for (const { key, values, range } of conditions) {
            filter = range ? replaceRange(filter, key, between(key, range[0], range[1])) : conjoin(filter, oneOf(key, values as Scalar[]));
          }
          url.set({ filter });
        }}
      />
      <p className="muted small">Click a group to keep only its rows. Numbers with many values are cut into ten ranges.</p>
    </Card>
  );
}
