/** The pages of a long table that are on screen, and nothing else. */
import { keepPreviousData, useQueries, useQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { Query } from "@/api/client";
import { fetchTable, type Kind } from "@/api/queries";
import type { Table } from "@/api/types";
import type { GridRow } from "./grid";

const PAGE = 200;

export interface Pages {
  /** The first page: columns, totals, what the rows are as SQL. */
  head: Table | undefined;
  error: Error | null;
  /** True while another answer than the one on screen is on its way. */
  waiting: boolean;
  row: (index: number) => GridRow | undefined;
  onVisible: (first: number, last: number) => void;
  retry: () => void;
}

export function usePages(of: Kind, query: Query): Pages {
  const [range, setRange] = useState<[number, number]>([0, 0]);
  const stamp = JSON.stringify(query);
  const options = (page: number) => ({
    queryKey: [of, "page", stamp, page],
    queryFn: ({ signal }: { signal: AbortSignal }) => fetchTable(of, { ...query, offset: page * PAGE, limit: PAGE }, signal),
  });
  const head = useQuery({ ...options(0), placeholderData: keepPreviousData });
  const total = head.data?.total ?? 0;
  const last = Math.min(Math.floor(range[1] / PAGE), Math.max(0, Math.ceil(total / PAGE) - 1));
  const wanted: number[] = [];
  for (let page = Math.max(1, Math.floor(range[0] / PAGE)); page <= last; page++) wanted.push(page);
  const others = useQueries({ queries: head.isPlaceholderData ? [] : wanted.map(options) });
  const loaded = useMemo(() => {
    const pages = new Map<number, Table>();
    if (head.data) pages.set(0, head.data);
    wanted.forEach((page, index) => {
      const data = others[index]?.data;
      if (data) pages.set(page, data);
    });
    return pages;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [head.data, wanted.join(), others.map((other) => other.dataUpdatedAt).join()]);
  const rows = useMemo(() => new Map<number, GridRow>(), [loaded]);
  const row = useCallback(
    (index: number): GridRow | undefined => {
      const known = rows.get(index);
      if (known) return known;
      const table = loaded.get(Math.floor(index / PAGE));
      const cells = table?.rows[index % PAGE];
      if (!table || !cells) return undefined;
      const made = { id: table.ids[index % PAGE] ?? `group-${index}`, cells };
      rows.set(index, made);
      return made;
    },
    [loaded, rows],
  );
  const onVisible = useCallback((from: number, until: number) => setRange((now) => (now[0] === from && now[1] === until ? now : [from, until])), []);
  return {
    head: head.data,
    error: head.error ?? others.find((other) => other.error)?.error ?? null,
    waiting: head.isPlaceholderData || (head.isFetching && !head.data),
    row,
    onVisible,
    retry: () => void head.refetch(),
  };
}
