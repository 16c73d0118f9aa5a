/** A table of any length: only what is seen is in the page, in both directions; arrow keys move a cursor. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { HeadCell } from "./grid-head";
import { Row, type Across } from "./grid-row";

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
  /** What a cell shows. Rows are drawn anew when it is another function, headings when `onSort`, `menu` or `onResize` is. */
  cell: (column: GridColumn, value: unknown, row: GridRow) => ReactNode;
  /** What is said about a cell where the pointer rests. */
  hint?: (column: GridColumn, value: unknown, row: GridRow) => string | null;
  onVisible?: (first: number, last: number) => void;
  sort?: readonly string[];
  onSort?: (key: string, add: boolean) => void;
  /** The menu of a heading. */
  menu?: (column: GridColumn) => ReactNode;
  onResize?: (key: string, width: number) => void;
  selection?: ReadonlySet<string>;
  onSelect?: (ids: string[], on: boolean) => void;
  /** Selects from one row to another where not all between them are loaded. */
  onRange?: (first: number, last: number) => void;
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
const UNSORTED: readonly string[] = [];

export function Grid(props: GridProps) {
  const { columns, total, row, onVisible, selection, onSelect, onRange } = props;
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
    overscan: 4,
    scrollPaddingStart: HEAD,
    paddingEnd: 8,
    useFlushSync: false,
  });
  const cols = useVirtualizer({
    horizontal: true,
    count: free.length,
    getScrollElement: () => host.current,
    estimateSize: (index) => free[index]?.width ?? 100,
    overscan: 1,
    scrollPaddingStart: pinWidth,
    useFlushSync: false,
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
    if (rows.scrollOffset) host.current?.scrollTo({ top: 0 });
  }, [props.reset, rows]);

  const inView = cols.getVirtualItems();
  const [left, right, before] = [inView[0]?.index ?? 0, inView.at(-1)?.index ?? -1, inView[0]?.start ?? 0];
  const width = pinWidth + cols.getTotalSize();
  const across = useMemo<Across>(
    () => ({ pinned: columns[0], columns: columns.slice(left + 1, right + 2).map((column, at) => ({ column, index: left + 1 + at })), before, width }),
    [columns, left, right, before, width],
  );

  const pick = useCallback(
    (index: number, range: boolean) => {
      const from = range && lastPicked.current !== null ? lastPicked.current : index;
      const ids: string[] = [];
      const [low, high] = [Math.min(from, index), Math.max(from, index)];
      for (let i = low; i <= high; i++) {
        const one = row(i);
        if (one) ids.push(one.id);
      }
      const on = range || !selection?.has(row(index)?.id ?? "");
      lastPicked.current = index;
      if (onRange && ids.length <= high - low) onRange(low, high);
      else onSelect?.(ids, on);
    },
    [row, selection, onSelect, onRange],
  );

  const move = (to: { row: number; column: number }) => {
    const next = { row: Math.min(total - 1, Math.max(0, to.row)), column: Math.min(columns.length - 1, Math.max(0, to.column)) };
    setCursor(next);
    rows.scrollToIndex(next.row);
    if (next.column > 0) cols.scrollToIndex(next.column - 1);
  };
  const key = (event: KeyboardEvent) => {
    if (event.target !== host.current) return;
    const at = cursor ?? { row: Math.ceil((rows.scrollOffset ?? 0) / ROW), column: 0 };
    const page = Math.max(1, Math.floor((host.current!.clientHeight - HEAD) / ROW) - 1);
    const moves: Record<string, [number, number]> = {
      ArrowDown: [cursor ? at.row + 1 : at.row, at.column],
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

  // One handler for every cell, and what a cell says under the pointer made there: rows stay cheap.
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
  const { hint } = props;
  const rested = useRef<HTMLElement | null>(null);
  const explain = (cell: HTMLElement) => {
    const one = row(Number(cell.closest<HTMLElement>("[data-row]")?.dataset["row"]));
    const at = Number(cell.dataset["col"]);
    cell.title = (one && columns[at] && hint?.(columns[at], one.cells[at], one)) ?? "";
  };
  useEffect(() => {
    // Under a pointer at rest a cell may come to show another value.
    if (rested.current?.isConnected) explain(rested.current);
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [row, columns, hint]);
  const hover = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const line = target.closest<HTMLElement>("[data-row]");
    const one = line ? row(Number(line.dataset["row"])) : undefined;
    const cell = target.closest<HTMLElement>("[data-col]");
    rested.current = cell;
    if (cell) explain(cell);
    props.onHot?.(one?.id ?? null);
  };

  const heading = { sort: props.sort ?? UNSORTED, onSort: props.onSort, onResize: props.onResize, menu: props.menu };
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
          {pinned && <HeadCell column={pinned} colIndex={check ? 2 : 1} {...heading} />}
        </div>
        {across.columns.map(({ column, index }, place) => (
          <HeadCell key={column.key} column={column} colIndex={index + (check ? 2 : 1)} before={place === 0 ? before : 0} {...heading} />
        ))}
      </div>
      <div role="rowgroup" style={{ position: "relative", height: rows.getTotalSize(), width, minWidth: "100%" }}>
        <div className="grid-rows" role="presentation" style={{ top: items[0]?.start ?? 0 }}>
          {items.map((item) => {
            const one = row(item.index);
            return (
              <Row
                key={item.key}
                index={item.index}
                row={one}
                across={across}
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
    </div>
  );
}
