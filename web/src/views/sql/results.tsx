/** The rows of an answer; ids lead to what they name. */
import { useCallback, useMemo } from "react";
import type { QueryResult } from "@/api/types";
import { date, plain, value } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { Grid, type GridColumn, type GridRow } from "@/table/grid";

const NUMERIC = /INT|DOUBLE|FLOAT|DECIMAL|REAL/i;

export function Results({ of }: { of: QueryResult }) {
  const url = useUrlState();
  const sortText = url.text("sort");
  const columns = useMemo(
    () =>
      of.columns.map((column, index): GridColumn => {
        const longest = of.rows.slice(0, 100).reduce((most, row) => Math.max(most, shown(row[index]).length), 0);
        return { key: `${index} ${column.name}`, title: column.name, width: Math.round(Math.min(360, Math.max(64, column.name.length * 7.2 + 30, longest * 7.2 + 24))), right: NUMERIC.test(column.type), help: `${column.name}: ${column.type}` };
      }),
    [of],
  );
  const sort = useMemo(() => sortOf(sortText, columns), [sortText, columns]);
  const rows = useMemo(() => sorted(of.rows, sort, columns), [of.rows, sort, columns]);
  const row = useCallback((index: number): GridRow | undefined => (rows[index] ? { id: String(index), cells: rows[index] } : undefined), [rows]);
  const cached = useMemo(() => {
    const made = new Map<number, GridRow | undefined>();
    return (index: number) => {
      if (!made.has(index)) made.set(index, row(index));
      return made.get(index);
    };
  }, [row]);
  const cell = useCallback((_: GridColumn, one: unknown) => <ResultCell of={one} />, []);
  const place = (key: string) => {
    const column = String(1 + columns.findIndex((one) => one.key === key));
    url.set({ sort: sortText === `-${column}` ? column : sortText === column ? null : `-${column}` }, { replace: true });
  };
  if (of.rows.length === 0) return <p className="state inline muted">No rows.</p>;
  return <Grid label="Result" columns={columns} total={rows.length} row={cached} cell={cell} hint={hint} sort={sort} onSort={place} />;
}

function ResultCell({ of }: { of: unknown }) {
  if (of === null || of === undefined) return <span className="null t">NULL</span>;
  if (typeof of === "string" && /^[mrd]-[0-9a-f]{16,}$/.test(of)) {
    return (
      <Link className="mono" tabIndex={-1} href={of.startsWith("m-") ? to.model(of) : of.startsWith("r-") ? to.run(of) : to.dataset(of)}>
        {of}
      </Link>
    );
  }
  return <span className="t">{shown(of)}</span>;
}

const hint = (_: GridColumn, of: unknown): string => (typeof of === "number" ? String(of) : shown(of));

function shown(of: unknown): string {
  if (of === null || of === undefined) return "NULL";
  if (typeof of === "number") return of > 1.2e9 && of < 4e9 && !Number.isInteger(of) ? date(of) : plain(of);
  if (typeof of === "string") return of;
  return typeof of === "object" ? JSON.stringify(of) : value(of);
}

/** The address says the number of the column, from one on, with a minus for the greatest first. */
export function sortOf(text: string, columns: readonly Pick<GridColumn, "key">[]): string[] {
  const column = columns[Math.abs(Number(text)) - 1];
  return column ? [text.startsWith("-") ? `-${column.key}` : column.key] : [];
}

function sorted(rows: readonly unknown[][], sort: readonly string[], columns: readonly GridColumn[]): readonly unknown[][] {
  const key = sort[0]?.replace(/^-/, "");
  const at = columns.findIndex((column) => column.key === key);
  if (at < 0) return rows;
  const way = sort[0]!.startsWith("-") ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [a[at], b[at]];
    if (x === y) return 0;
    if (x === null || x === undefined) return 1;
    if (y === null || y === undefined) return -1;
    return (x < y ? -1 : 1) * way;
  });
}
