/** Which columns may explain a metric, and which do most. */
import { useEffect, useState } from "react";
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

/** Works the same out ahead, while the page has nothing else to do; `then` is called at the end. Returns how to stop. */
export function rankAhead(data: ChartData, params: readonly TableColumn[], metric: string, then: () => void = () => {}): () => void {
  let stop = () => {};
  const from = (place: number): void => {
    if (place >= params.length) then();
    else {
      stop = whenIdle((isIdle) => {
        let next = place;
        do rankedBy(data, [params[next++]!], metric);
        while (next < params.length && isIdle());
        from(next);
      });
    }
  };
  from(0);
  return () => stop();
}

/** What goes with a metric, once there was time to work it out; meanwhile, what went with it in the rows before. */
export function useRanked(data: ChartData | undefined, params: readonly TableColumn[], metric: string): Influence[] | null {
  const [known, setKnown] = useState<{ metric: string; ranked: Influence[] } | null>(null);
  useEffect(() => (data ? rankAhead(data, params, metric, () => setKnown({ metric, ranked: rankedBy(data, params, metric).filter(isTelling) })) : undefined), [data, params, metric]);
  return known?.metric === metric ? known.ranked : null;
}
