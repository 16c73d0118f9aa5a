/** What a table of models or runs shows, as its address says it. */
import { useMemo } from "react";
import type { Query } from "@/api/client";
import { useUrlState, type UrlState } from "@/router/state";

export interface TableState {
  filter: string;
  sort: string[];
  columns: string[];
  group: string[];
  aggregate: string[];
  roles: string[];
  hidden: boolean;
  widths: Record<string, number>;
  /** The parameters of the request for rows. */
  query: Query;
  /** The parameters that choose rows, for charts and column lists. */
  rows: Query;
  url: UrlState;
}

export function useTableState(project: string): TableState {
  const url = useUrlState();
  const resized = url.list("w").join("\n");
  // Apart from the rest, so that the columns stay the same ones when only the rows change.
  const widths = useMemo(() => widthsOf(resized), [resized]);
  return useMemo(() => {
    const [filter, sort, columns, group, aggregate, roles] = [url.text("filter"), url.list("sort"), url.list("col"), url.list("group"), url.list("agg"), url.list("role")];
    const hidden = url.text("hidden") === "1";
    const rows: Query = { project, filter, roles, ...(hidden ? { hidden } : {}) };
    return { filter, sort, columns, group, aggregate, roles, hidden, widths, rows, query: { ...rows, sort, columns, group, aggregate }, url };
  }, [project, url, widths]);
}

/** What an address adds to be about the same rows. */
export const rowsOf = ({ filter, roles, hidden }: TableState) => ({ filter, role: roles, hidden: hidden ? "1" : null });

/** Of `key:pixels`, one a line. */
function widthsOf(text: string): Record<string, number> {
  const widths: Record<string, number> = {};
  for (const item of text.split("\n")) {
    const cut = item.lastIndexOf(":");
    const width = Number(item.slice(cut + 1));
    if (cut > 0 && width >= 44 && width <= 1200) widths[item.slice(0, cut)] = width;
  }
  return widths;
}

/** The sort after a click on a heading: descending, ascending, none; numbers begin with the better end. */
export function nextSort(sort: readonly string[], key: string, add: boolean, lowerIsBetter: boolean): string[] {
  const [firstWay, secondWay] = lowerIsBetter ? [key, `-${key}`] : [`-${key}`, key];
  const rest = sort.filter((one) => one !== key && one !== `-${key}`);
  const now = sort.find((one) => one === key || one === `-${key}`);
  const next = now === undefined ? firstWay : now === firstWay ? secondWay : null;
  const kept = add ? rest : [];
  if (next === null) return kept;
  return add && now !== undefined ? sort.map((one) => (one === now ? next : one)) : [...kept, next];
}
