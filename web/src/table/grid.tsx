/** A table of any length: only what is seen is in the page, in both directions; arrow keys move a cursor. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { Icon } from "@/ui/icon";

export interface GridColumn {
  key: string;
  title: string;
  kind?: string | undefined;
  width: number;
  right?: boolean;
  help?: string | undefined;
}

export interface GridRow {
  id: string;
  cells: readonly unknown[];
}

export interface GridProps {
  label: string;
  /** The first is pinned to the left. */
  columns: readonly GridColumn[];
  total: number;
  row: (index: number) => GridRow | undefined;
  cell: (column: GridColumn, value: unknown, row: GridRow) => ReactNode;
  /** Changes when `cell` would draw something else for the same row. */
  version?: unknown;
  onVisible?: (first: number, last: number) => void;
  sort?: readonly string[];
  onSort?: (key: string, add: boolean) => void;
  head?: (column: GridColumn) => ReactNode;
  onResize?: (key: string, width: number) => void;
  selection?: ReadonlySet<string>;
  onSelect?: (ids: string[], on: boolean) => void;
  onOpen?: (row: GridRow) => void;
  /** A click on a value, or `f` on the cursor's cell. */
  onValue?: (column: GridColumn, value: unknown, row: GridRow, at: DOMRect) => void;
  onKey?: (event: KeyboardEvent) => boolean;
  hot?: string | null;
  onHot?: (id: string | null) => void;
  /** Scrolls to the top when it changes. */
  reset?: string;
}

const ROW = 28;
const HEAD = 30;

export function Grid(props: GridProps) {
  const { columns, total, row, onVisible, selection, onSelect } = props;
  const host = useRef<HTMLDivElement>(null);
  const [cursor, setCursor] = useState<{ row: number; column: number } | null>(null);
  const lastPicked = useRef<number | null>(null);
  const [pinned, ...free] = columns;
  const check = selection ? 30 : 0;
  const pinWidth = (pinned?.width ?? 0) + check;

  const rows = useVirtualizer({
    count: total,
    getScrollElement: () => host.current,
    estimateSize: () => ROW,
    overscan: 8,
    scrollPaddingStart: HEAD,
    paddingEnd: 8,
  });
  const cols = useVirtualizer({
    horizontal: true,
    count: free.length,
    getScrollElement: () => host.current,
    estimateSize: (index) => free[index]?.width ?? 100,
    overscan: 4,
    scrollPaddingStart: pinWidth,
  });
  const widths = columns.map((column) => `${column.key}:${column.width}`).join("|");
  useLayoutEffect(() => {
    cols.measure();
  }, [widths, cols]);
  const items = rows.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => onVisible?.(first, last), [first, last, onVisible]);
  useEffect(() => {
    // Without the braces the effect would return what scrollTo returns: in newer browsers a promise.
    host.current?.scrollTo({ top: 0 });
  }, [props.reset]);

  const across = cols.getVirtualItems();
  const width = pinWidth + cols.getTotalSize();
  const places = across.map((item) => ({ column: free[item.index]!, index: item.index + 1, left: pinWidth + item.start }));
  const stamp = `${widths}/${across[0]?.index}-${across.at(-1)?.index}`;

  const pick = useCallback(
    (index: number, range: boolean) => {
      const from = range && lastPicked.current !== null ? lastPicked.current : index;
      const ids: string[] = [];
      for (let i = Math.min(from, index); i <= Math.max(from, index); i++) {
        const one = row(i);
        if (one) ids.push(one.id);
      }
      const on = range || !selection?.has(row(index)?.id ?? "");
      lastPicked.current = index;
      onSelect?.(ids, on);
    },
    [row, selection, onSelect],
  );

  const move = (to: { row: number; column: number }) => {
    const next = { row: Math.min(total - 1, Math.max(0, to.row)), column: Math.min(columns.length - 1, Math.max(0, to.column)) };
    setCursor(next);
    rows.scrollToIndex(next.row);
    if (next.column > 0) cols.scrollToIndex(next.column - 1);
  };
  const key = (event: KeyboardEvent) => {
    if (event.target !== host.current) return;
    const at = cursor ?? { row: 0, column: 0 };
    const page = Math.max(1, Math.floor((host.current!.clientHeight - HEAD) / ROW) - 1);
    const moves: Record<string, [number, number]> = {
      ArrowDown: [cursor ? at.row + 1 : 0, at.column],
      ArrowUp: [at.row - 1, at.column],
      ArrowRight: [at.row, at.column + 1],
      ArrowLeft: [at.row, at.column - 1],
      PageDown: [at.row + page, at.column],
      PageUp: [at.row - page, at.column],
      Home: [0, at.column],
      End: [total - 1, at.column],
    };
    const to = moves[event.key];
    const current = row(at.row);
    if (to) move({ row: to[0], column: to[1] });
    else if (event.key === "Enter" && cursor && current) props.onOpen?.(current);
    else if (event.key === " " && cursor && onSelect) pick(at.row, event.shiftKey);
    else if (event.key === "f" && cursor && current && props.onValue && !event.ctrlKey && !event.metaKey) {
      const cell = host.current!.querySelector(".cell.cursor");
      if (cell) props.onValue(columns[at.column]!, current.cells[at.column], current, cell.getBoundingClientRect());
    } else if (!props.onKey?.(event)) return;
    event.preventDefault();
  };

  // One handler for every cell: rows stay cheap.
  const click = (event: MouseEvent<HTMLDivElement>) => {
    const target = event.target as HTMLElement;
    const cell = target.closest<HTMLElement>("[data-col]");
    const line = target.closest<HTMLElement>("[data-row]");
    if (!cell || !line || target.closest("a, button, input")) return;
    const at = { row: Number(line.dataset["row"]), column: Number(cell.dataset["col"]) };
    setCursor(at);
    const one = row(at.row);
    if (!one) return;
    if (at.column < 0) pick(at.row, event.shiftKey);
    else if (event.detail === 2) props.onOpen?.(one);
    else if (target.closest(".t")) props.onValue?.(columns[at.column]!, one.cells[at.column], one, cell.getBoundingClientRect());
  };
  const hover = (event: MouseEvent) => {
    if (!props.onHot) return;
    const line = (event.target as HTMLElement).closest<HTMLElement>("[data-row]");
    props.onHot(line ? (row(Number(line.dataset["row"]))?.id ?? null) : null);
  };

  const loaded = items.flatMap((item) => row(item.index) ?? []);
  const allOn = loaded.length > 0 && loaded.every((one) => selection?.has(one.id));
  return (
    <div
      ref={host}
      className="grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={total + 1}
      aria-colcount={columns.length + (selection ? 1 : 0)}
      aria-multiselectable={selection ? true : undefined}
      aria-activedescendant={cursor ? `row-${cursor.row}` : undefined}
      tabIndex={0}
      onKeyDown={key}
      onClick={click}
      onMouseOver={hover}
      onMouseLeave={() => props.onHot?.(null)}
    >
      <div className="grid-head" role="row" aria-rowindex={1} style={{ width }}>
        <div className="grid-pin" role="presentation">
          {selection && (
            <div className="cell check" role="columnheader">
              <input type="checkbox" tabIndex={-1} aria-label="Select the rows on screen" checked={allOn} onChange={() => onSelect?.(loaded.map((one) => one.id), !allOn)} />
            </div>
          )}
          {pinned && <HeadCell column={pinned} index={0} {...props} />}
        </div>
        {places.map(({ column, index, left }) => (
          <HeadCell key={column.key} column={column} index={index} left={left} {...props} />
        ))}
      </div>
      <div role="rowgroup" style={{ position: "relative", height: rows.getTotalSize(), width, minWidth: "100%" }}>
        {items.map((item) => {
          const one = row(item.index);
          return (
            <Row
              key={item.key}
              index={item.index}
              top={item.start}
              width={width}
              row={one}
              pinned={pinned}
              places={places}
              stamp={stamp}
              version={props.version}
              cell={props.cell}
              check={selection !== undefined}
              selected={one !== undefined && (selection?.has(one.id) ?? false)}
              hot={one !== undefined && one.id === props.hot}
              cursor={cursor?.row === item.index ? cursor.column : null}
            />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  index: number;
  top: number;
  width: number;
  row: GridRow | undefined;
  pinned: GridColumn | undefined;
  places: { column: GridColumn; index: number; left: number }[];
  stamp: string;
  version: unknown;
  cell: GridProps["cell"];
  check: boolean;
  selected: boolean;
  hot: boolean;
  cursor: number | null;
}

const Row = memo(
  function Row({ index, top, width, row, pinned, places, cell, check, selected, hot, cursor }: RowProps) {
    const classes = `grid-row${selected ? " selected" : ""}${hot ? " hot" : ""}${cursor !== null ? " active" : ""}`;
    return (
      <div
        id={`row-${index}`}
        className={classes}
        role="row"
        aria-rowindex={index + 2}
        aria-selected={check ? selected : undefined}
        data-row={index}
        style={{ transform: `translateY(${top}px)`, width }}
      >
        <div className="grid-pin" role="presentation">
          {check && (
            <div className="cell check" role="gridcell" data-col={-1}>
              <input type="checkbox" tabIndex={-1} aria-label={`Select row ${index + 1}`} checked={selected} readOnly style={{ pointerEvents: "none" }} />
            </div>
          )}
          {pinned && (
            <div className={`cell${cursor === 0 ? " cursor" : ""}`} role="gridcell" data-col={0} style={{ width: pinned.width }}>
              {row ? cell(pinned, row.cells[0], row) : <span className="skeleton" style={{ width: "60%" }} />}
            </div>
          )}
        </div>
        {places.map(({ column, index: at, left }) => (
          <div
            key={column.key}
            className={`cell free${column.right ? " num" : ""}${cursor === at ? " cursor" : ""}`}
            role="gridcell"
            aria-colindex={at + (check ? 2 : 1)}
            data-col={at}
            style={{ left, width: column.width }}
          >
            {row ? cell(column, row.cells[at], row) : null}
          </div>
        ))}
      </div>
    );
  },
  (a, b) =>
    a.row === b.row && a.index === b.index && a.top === b.top && a.width === b.width && a.stamp === b.stamp && a.version === b.version && a.selected === b.selected && a.hot === b.hot && a.cursor === b.cursor,
);

function HeadCell(props: GridProps & { column: GridColumn; index: number; left?: number }) {
  const { column, sort = [], onSort, onResize } = props;
  const place = sort.findIndex((key) => key === column.key || key === `-${column.key}`);
  const direction = place < 0 ? null : sort[place]!.startsWith("-") ? "descending" : "ascending";
  const drag = useRef<{ x: number; width: number } | null>(null);
  return (
    <div
      className={`cell${column.right ? " num" : ""}`}
      role="columnheader"
      aria-sort={direction ?? undefined}
      aria-colindex={props.index + (props.selection ? 2 : 1)}
      style={{ left: props.left, width: column.width, position: props.left === undefined ? "relative" : "absolute" }}
    >
      <button type="button" className={direction ? "th sorted" : "th"} title={column.help ?? column.key} tabIndex={-1} onClick={(event) => onSort?.(column.key, event.shiftKey)}>
        <span className="t">{column.title}</span>
        {direction && <Icon name={direction === "descending" ? "down" : "up"} size={12} />}
        {direction && sort.length > 1 && <span className="kind">{place + 1}</span>}
      </button>
      {props.head?.(column)}
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
}
