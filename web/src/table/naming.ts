/** What charts call the rows of a table, and the column that tells their kinds apart. */
import type { Kind } from "@/api/queries";
import type { ChartData, ColumnList } from "@/api/types";
import { columnOf } from "@/plot/scatter";
import { modelName } from "@/ui/parts";

/** Of models their type, unless all have the same and are made of different steps; of runs the script. */
export function kindOf(of: Kind, { columns }: Pick<ColumnList, "columns">): string {
  if (of === "runs") return "script";
  const distinct = (key: string) => columns.find((column) => column.key === key)?.distinct ?? 0;
  return distinct("type") <= 1 && distinct("steps") > 1 ? "steps" : "type";
}

/** As the table calls it. */
export function rowName(of: Kind, data: ChartData, index: number): string {
  const id = data.ids[index]!;
  const text = (key: string): string => String(columnOf(data, key)?.values[index] ?? "");
  if (of === "runs") return text("name") || text("script") || id;
  const [name, steps] = [text("name"), text("steps")];
  // Where all are pipelines nobody asks for what says so.
  const type = text("type") || (steps === "" ? name || id : "Pipeline");
  return modelName({ model_id: id, name, type, steps: steps === "" ? [] : [steps] });
}
