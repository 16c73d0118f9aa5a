/** Which hyperparameters matter: each one's share of the metric's variance, with the picture behind the number. */
import { useMemo } from "react";
import { Grouped } from "@/plot/grouped";
import { columnOf, Scatter } from "@/plot/scatter";
import { isNumeric } from "@/plot/scale";
import { titleOf } from "@/table/cells";
import { Card, Select } from "@/ui/parts";
import { explaining, isTelling, rankedBy } from "@/table/ranking";
import { Influences } from "@/views/table/strip";
import { optionsOf, type ChartProps } from "./charts";

export function MattersChart({ data, columns, state, metric, onOpen, name }: ChartProps) {
  const { url } = state;
  const params = useMemo(() => explaining(columns), [columns]);
  const ranked = useMemo(() => rankedBy(data, params, metric).filter(isTelling), [data, params, metric]);
  const chosen = url.text("x") || ranked[0]?.key || "";
  const column = columnOf(data, chosen)?.column;
  return (
    <div className="cols">
      <Card
        title={`What goes with ${columnOf(data, metric)?.column.name ?? metric}`}
        actions={<Select hideLabel label="Metric" value={metric} options={optionsOf(columns, (one) => one.kind === "metric")} onChange={(y) => url.set({ y })} />}
      >
        <Influences of={ranked} params={params} chosen={chosen} onPick={(key) => url.set({ x: key })} />
        <p className="muted small">
          The share of the metric's variance that the values of one hyperparameter explain, each taken alone (omega squared; numbers in eight groups). It says what goes along with the
          metric in these rows, not what causes it: hyperparameters that were changed together share their credit.
        </p>
      </Card>
      {column && (
        <Card title={`${columnOf(data, metric)?.column.name ?? ""} by ${titleOf(column)}`}>
          {isNumeric(column) && column.distinct > 12 ? (
            <Scatter data={data} x={chosen} y={metric} color="type" height={340} onOpen={onOpen} name={name} />
          ) : (
            <Grouped data={data} kind="box" by={chosen} and={null} metric={metric} how="mean" height={340} />
          )}
        </Card>
      )}
    </div>
  );
}
