/** Which columns may explain a metric, and which do most. */
import type { ChartData, ColumnList, TableColumn } from "@/api/types";
import { whenIdle } from "@/lib/idle";
import { influence, type Influence } from "@/lib/influence";
import { columnOf } from "@/plot/scatter";

/** Settings of the machinery, which change no result. */
const INERT = /(^|__)(n_jobs|verbose|copy|copy_X|pre_dispatch|memory|cache_size)$/;

/**
 * What may explain a metric: the hyperparameters that vary, those most rows have first, and what a model is made of.
 * What fewer than half of the rows have comes last, since it says nothing about the others.
 */
export function explaining(columns: ColumnList): TableColumn[] {
  const params = columns.columns.filter((column) => column.kind === "param" && column.varies && !INERT.test(column.name)).sort((a, b) => b.count - a.count);
  const kinds = columns.columns.filter((column) => ["steps", "type"].includes(column.key) && column.varies);
  const isCommon = (column: TableColumn) => column.count * 2 >= columns.total;
  const all = [...params, ...kinds];
  return [...all.filter(isCommon), ...all.filter((column) => !isCommon(column))];
}

/** Rows it takes to say anything. */
const FEWEST = 4;
export const isTelling = (one: Influence): boolean => one.n >= FEWEST;

/** What goes with a metric in these rows, the most first; what has too few rows to say comes last. */
export function rankedBy(data: ChartData, params: readonly TableColumn[], metric: string): Influence[] {
  const y = columnOf(data, metric);
  const all = params.flatMap(({ key }) => {
    const x = columnOf(data, key);
    return x && y ? [influence(key, x.values, y.values)] : [];
  });
  return all.sort((a, b) => Number(isTelling(b)) - Number(isTelling(a)) || b.share - a.share);
}

/** Works the same out ahead, one column at a time, while the page has nothing else to do. Returns how to stop. */
export function rankAhead(data: ChartData, params: readonly TableColumn[], metric: string): () => void {
  let stop = () => {};
  const from = (place: number): void => {
    if (place < params.length) stop = whenIdle(() => (rankedBy(data, [params[place]!], metric), from(place + 1)));
  };
  from(0);
  return () => stop();
}
