/** The headings of a grid: a click sorts, the edge between two is dragged. */
import { memo, useRef, type ReactNode } from "react";
import { Icon } from "@/ui/icon";
import type { GridColumn, GridProps } from "./grid";

interface HeadCellProps {
  column: GridColumn;
  colIndex: number;
  /** Pixels between it and what is left of it. */
  before?: number;
  sort: readonly string[];
  onSort: GridProps["onSort"];
  onResize: GridProps["onResize"];
  menu: ((column: GridColumn) => ReactNode) | undefined;
}

export const HeadCell = memo(function HeadCell({ column, colIndex, before = 0, sort, onSort, onResize, menu }: HeadCellProps) {
  const place = sort.findIndex((key) => key === column.key || key === `-${column.key}`);
  const direction = place < 0 ? null : sort[place]!.startsWith("-") ? "descending" : "ascending";
  const drag = useRef<{ x: number; width: number } | null>(null);
  return (
    <div className={`cell${column.right ? " num" : ""}`} role="columnheader" aria-sort={direction ?? undefined} aria-colindex={colIndex} style={{ width: column.width, marginLeft: before }}>
      <button type="button" className={direction ? "th sorted" : "th"} title={column.help ?? column.key} tabIndex={-1} onClick={(event) => onSort?.(column.key, event.shiftKey)}>
        <span className="t">{column.title}</span>
        {direction && <Icon name={direction === "descending" ? "down" : "up"} size={12} />}
        {direction && sort.length > 1 && <span className="kind">{place + 1}</span>}
      </button>
      {menu?.(column)}
      {onResize && (
        <span
          className="grip"
          aria-hidden="true"
          onPointerDown={(event) => {
            event.preventDefault();
            event.currentTarget.setPointerCapture(event.pointerId);
            drag.current = { x: event.clientX, width: column.width };
          }}
          onPointerMove={(event) => {
            if (drag.current) onResize(column.key, Math.max(44, Math.round(drag.current.width + event.clientX - drag.current.x)));
          }}
          onPointerUp={() => (drag.current = null)}
        />
      )}
    </div>
  );
});
