/** The best of the rows a chart shows, below it: one selection, two views of it. */
import { useCallback, useMemo } from "react";
import type { Kind } from "@/api/queries";
import { Link } from "@/router/link";
import { navigate, to } from "@/router/router";
import { withQuery } from "@/router/state";
import { Cell, columnWidth, inFull, isRight, titleOf } from "@/table/cells";
import { Grid, type GridColumn, type GridRow } from "@/table/grid";
import { usePages } from "@/table/pages";
import { rowsOf, type TableState } from "@/table/state";
import { plural } from "@/lib/format";
import { FirstCell, nameAndId } from "../table/first-cell";

export function LinkedRows({ of, state, metric }: { of: Kind; state: TableState; metric: string }) {
  const pages = usePages(of, useMemo(() => ({ ...state.rows, columns: [] }), [state.rows]));
  const shown = useMemo(() => pages.head?.columns ?? [], [pages.head]);
  const grid = useMemo(() => shown.map((column, index): GridColumn => ({ key: column.key, title: titleOf(column), width: columnWidth(column), right: isRight(column) && index > 0 })), [shown]);
  const cell = useCallback(
    (column: GridColumn, value: unknown, row: GridRow) => {
      const found = shown.find((one) => one.key === column.key);
      if (!found) return null;
      if (column === grid[0]) {
        return <FirstCell kind={of} id={row.id} value={value} row={row} grid={grid} />;
      }
      return <Cell column={found} value={value} share={null} />;
    },
    [shown, grid, of],
  );
  const hint = useCallback(
    (column: GridColumn, value: unknown, row: GridRow) => {
      const found = shown.find((one) => one.key === column.key);
      return column === grid[0] ? nameAndId(value, row.id) : found ? inFull(found, value) : null;
    },
    [shown, grid],
  );
  const base = of === "models" ? to.models(String(state.rows["project"])) : to.runs(String(state.rows["project"]));
  if (!pages.head || pages.head.total === 0) return null;
  return (
    <section className="card" style={{ display: "flex", flexDirection: "column", flex: "none", height: 280, overflow: "hidden" }} aria-label="Rows of the chart">
      <header>
        <h2>
          {plural(pages.head.total, of === "models" ? "model" : "run")} in the chart
        </h2>
        <Link className="small" href={base + withQuery(new URLSearchParams(), { ...rowsOf(state), sort: metric ? pages.head.sort : null })}>
          Open as table
        </Link>
      </header>
      <Grid label="Rows of the chart" columns={grid} total={pages.head.total} row={pages.row} cell={cell} hint={hint} onVisible={pages.onVisible} onOpen={(row) => navigate(of === "models" ? to.model(row.id) : to.run(row.id))} />
    </section>
  );
}
