/** One line of a grid. Its cells lie in a row without boxes of their own: thousands of them pass by while scrolling. */
import { memo } from "react";
import type { GridColumn, GridProps, GridRow } from "./grid";

/** The columns in view, and how far from the pinned one the first of them begins. */
export interface Across {
  pinned: GridColumn | undefined;
  columns: readonly { column: GridColumn; index: number }[];
  before: number;
  width: number;
}

interface RowProps {
  index: number;
  row: GridRow | undefined;
  across: Across;
  cell: GridProps["cell"];
  check: boolean;
  selected: boolean;
  hot: boolean;
  /** The column the cursor is in. */
  cursor: number | null;
}

export const Row = memo(function Row({ index, row, across, cell, check, selected, hot, cursor }: RowProps) {
  const { pinned, columns, before, width } = across;
  if (!row) return <div id={`row-${index}`} className="grid-row awaited" role="row" aria-rowindex={index + 2} aria-busy="true" style={{ width }} />;
  return (
    <div
      id={`row-${index}`}
      className={`grid-row${selected ? " selected" : ""}${hot ? " hot" : ""}${cursor !== null ? " active" : ""}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={check ? selected : undefined}
      data-row={index}
      style={{ width }}
    >
      <div className="grid-pin" role="presentation">
        {check && (
          <div className="cell check" role="gridcell" data-col={-1}>
            <span className="tick" role="checkbox" aria-checked={selected} aria-label={`Select row ${index + 1}`} />
          </div>
        )}
        {pinned && (
          <div className={cellClass(pinned, cursor === 0)} role="gridcell" data-col={0} style={{ width: pinned.width }}>
            {cell(pinned, row.cells[0], row)}
          </div>
        )}
      </div>
      {columns.map(({ column, index: at }, place) => (
        <div
          key={column.key}
          className={cellClass(column, cursor === at)}
          role="gridcell"
          aria-colindex={at + (check ? 2 : 1)}
          data-col={at}
          style={place === 0 && before > 0 ? { width: column.width, marginLeft: before } : { width: column.width }}
        >
          {cell(column, row.cells[at], row)}
        </div>
      ))}
    </div>
  );
});

const cellClass = (column: GridColumn, cursor: boolean): string => `cell${column.right ? " num" : ""}${cursor ? " cursor" : ""}`;
