/** The first screen of a project: models (or runs) sorted by the best metric, what varies, and a picture of it. */
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import { ApiError } from "@/api/client";
import { fetchIds, useColumns, useProjects, useSession, type Kind } from "@/api/queries";
import type { TableColumn } from "@/api/types";
import { plural, number } from "@/lib/format";
import { conjoin } from "@/lib/filter";
import { Link } from "@/router/link";
import { navigate, to } from "@/router/router";
import type { UrlState } from "@/router/state";
import { Cell, columnWidth, inFull, isRight, titleOf } from "@/table/cells";
import { ColumnChooser } from "@/table/column-chooser";
import { FilterBox, FilterChips } from "@/table/filter-box";
import { Grid, type GridColumn, type GridRow } from "@/table/grid";
import { HiddenHint } from "@/table/hidden-hint";
import { usePages } from "@/table/pages";
import { nextSort, useTableState } from "@/table/state";
import { ValueMenu, type Picked } from "@/table/value-menu";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { Head } from "@/ui/parts";
import { MenuItem, Pop } from "@/ui/pop";
import { Empty, Failure, Loading } from "@/ui/states";
import { say } from "@/ui/toast";
import { FirstCell, nameAndId } from "./first-cell";
import { GroupMenu } from "./group-menu";
import { SavedViews } from "./saved-views";
import { MOST_SELECTED, SelectionBar } from "./selection-bar";
import { Strip } from "./strip";
import { useSelection } from "./selection";

const SEARCHABLE = ["name"];

export function TableView({ of, project }: { of: Kind; project: string }) {
  const state = useTableState(project);
  const pages = usePages(of, state.query);
  const columns = useColumns(of, { project, roles: state.roles, hidden: state.hidden || null });
  const session = useSession();
  const selection = useSelection();
  const [picked, setPicked] = useState<Picked | null>(null);
  const [hot, setHot] = useState<string | null>(null);
  const head = pages.head;
  const grouped = head?.grouped ?? false;
  const card = useProjects().data?.projects.find((one) => one.name === project || one.project_id === project);
  const candidates = card?.n_candidates ?? 0;
  const shown = useMemo(() => head?.columns ?? [], [head?.columns]);
  const { url } = state;
  const setFilter = useCallback((filter: string) => url.set({ filter }), [url]);
  const open = useCallback((id: string) => navigate(of === "models" ? to.model(id) : to.run(id)), [of]);
  useEffect(() => {
    document.title = `${project} · ${of} · ModelDB`;
  }, [project, of]);

  const layout = useGridColumns(shown, state.widths, grouped, state.columns.length === 0, head?.main_metric ?? null);
  const byKey = useMemo(() => new Map(shown.map((column) => [column.key, column])), [shown]);
  const sortedKeys = useMemo(() => new Set((head?.sort ?? []).map((key) => key.replace(/^-/, ""))), [head?.sort]);
  const groupFilters = head?.group_filters;
  const cell = useCallback(
    (column: GridColumn, value: unknown, row: GridRow) => {
      const of_ = byKey.get(column.key);
      if (!of_) return null;
      if (!grouped && column === layout.grid[0]) return <FirstCell kind={of} id={row.id} value={value} row={row} grid={layout.grid} />;
      return <Cell column={of_} value={value} share={sortedKeys.has(of_.key) && of_.kind === "metric" ? share(of_, value) : null} />;
    },
    [byKey, grouped, layout.grid, of, shown, sortedKeys],
  );
  const hint = useCallback(
    (column: GridColumn, value: unknown, row: GridRow) => {
      if (!grouped && column === layout.grid[0]) return nameAndId(value, row.id);
      const of_ = byKey.get(column.key);
      return of_ ? inFull(of_, value) : null;
    },
    [byKey, grouped, layout.grid],
  );
  const row = useCallback(
    (index: number): GridRow | undefined => {
      const one = pages.row(index);
      if (!one) return undefined;
      const known = REORDERED.get(one);
      if (known?.order === layout.order) return known.row;
      const made = { id: one.id, cells: layout.order.map((at) => one.cells[at]) };
      REORDERED.set(one, { order: layout.order, row: made });
      return made;
    },
    [pages, layout.order],
  );
  const openRow = useCallback(
    (one: GridRow) => {
      if (!grouped) return open(one.id);
      const filter = groupFilters?.[Number(one.id.replace("group-", ""))];
      if (filter) url.set({ group: null, agg: null, sort: null, filter: state.filter === "" ? filter : conjoin(state.filter, filter) });
    },
    [grouped, groupFilters, open, url, state.filter],
  );
  const { set } = url;
  const keep = useCallback((keys: string[] | null) => set({ col: keys }), [set]);
  const keys = useMemo(() => shown.map((column) => column.key), [shown]);
  const menu = useCallback(
    ({ key }: GridColumn) => (grouped || !byKey.has(key) ? null : <HeadMenu column={byKey.get(key)!} keys={keys} set={set} onKeep={keep} />),
    [byKey, grouped, keys, set, keep],
  );
  const sorted = head?.sort;
  const sortBy = useCallback(
    (key: string, add: boolean) => {
      const column = byKey.get(key);
      set({ sort: nextSort(sorted ?? [], key, add, column?.higher_is_better === false || column?.type === "text") });
    },
    [byKey, sorted, set],
  );
  const resize = useCallback((key: string, width: number) => set({ w: widths(state.widths, key, width) }, { replace: true }), [state.widths, set]);
  const selectRange = (from: number, until: number) =>
    void fetchIds(of, { ...state.query, sort: head?.sort ?? [] }, from, until).then(
      (ids) => selection.change(ids, true),
      (error: Error) => say(error.message, true),
    );
  const filterError = pages.error instanceof ApiError && pages.error.code === "invalid_filter" ? pages.error : null;
  const deferredHot = useDeferredValue(hot);

  return (
    <>
      <Head crumbs={[["Projects", to.projects()], [project, to.models(project)]]} title={of === "models" ? "Models" : "Runs"}>
        {of === "models" && head && !grouped && head.ids.length > 1 && selection.ids.size === 0 && (
          <Link className="btn" href={to.compare(head.ids.slice(0, 2))} title="The first two rows side by side: what is different, and where each is right">
            <Icon name="compare" /> {state.sort.length === 0 && head.main_metric ? "Compare the best two" : "Compare the first two"}
          </Link>
        )}
        <SavedViews project={project} of={of} />
        <CopyMenu sql={head?.sql} python={head?.python} />
      </Head>
      <div className="toolbar">
        <FilterBox filter={state.filter} columns={columns.data?.columns ?? []} error={filterError} onFilter={setFilter} />
        <Pop label="Columns" text="Columns" icon="columns">
          {() => <ColumnChooser columns={columns.data?.columns ?? []} shown={keys} onChange={keep} />}
        </Pop>
        <GroupMenu columns={columns.data?.columns ?? []} state={state} />
        {of === "models" && <RolesMenu roles={state.roles} onChange={(role) => url.set({ role, col: null })} />}
        <button type="button" className="btn" aria-pressed={url.text("strip") !== "off"} onClick={() => url.set({ strip: url.text("strip") === "off" ? null : "off" })}>
          <Icon name="charts" /> Overview
        </button>
      </div>
      <FilterChips filter={state.filter} onFilter={setFilter} />
      {url.text("strip") !== "off" && !grouped && columns.data && head?.total !== 0 && (
        <Strip of={of} state={state} columns={columns.data} hot={deferredHot} onHot={setHot} onOpen={open} total={head?.total ?? 0} />
      )}
      {pages.error && !filterError ? (
        <Failure error={pages.error} retry={pages.retry} />
      ) : !head ? (
        filterError ? null : <Loading lines={14} />
      ) : head.total === 0 ? (
        <NoRows of={of} project={project} runs={card?.n_runs ?? 0} unfiltered={head.unfiltered} hidden={head.hidden} onClear={() => setFilter("")} onHidden={() => url.set({ hidden: "1" })} />
      ) : (
        <div style={{ position: "relative", flex: 1, minHeight: 180, display: "flex" }}>
          {pages.waiting && <div className="progress" role="status" aria-label="Loading" />}
          <Grid
            label={grouped ? `Groups of ${of}` : of === "models" ? "Models" : "Runs"}
            columns={layout.grid}
            total={head.total}
            row={row}
            cell={cell}
            hint={hint}
            onVisible={pages.onVisible}
            sort={grouped || state.sort.length > 0 ? head.sort : head.sort.slice(0, 1)}
            onSort={sortBy}
            onResize={resize}
            menu={menu}
            {...(grouped ? {} : { selection: selection.ids, onSelect: selection.change, onRange: (first: number, last: number) => selectRange(first, last + 1) })}
            onOpen={openRow}
            onValue={(column, value, one, at) => {
              const of_ = byKey.get(column.key);
              if (of_ && !grouped) setPicked({ column: of_, value, id: one.id, anchor: at });
              else if (grouped) openRow(one);
            }}
            onKey={(event) => {
              if (event.key === "c" && !event.ctrlKey && !event.metaKey && selection.ids.size >= 2 && selection.ids.size <= 20) navigate(to.compare([...selection.ids]));
              else if (event.key === "a" && (event.ctrlKey || event.metaKey) && !grouped) selectRange(0, Math.min(head.total, MOST_SELECTED));
              else if (event.key === "Escape" && selection.ids.size > 0) selection.clear();
              else return false;
              return true;
            }}
            hot={hot}
            onHot={setHot}
            reset={JSON.stringify(state.query)}
          />
        </div>
      )}
      {selection.ids.size > 0 ? (
        <SelectionBar of={of} ids={[...selection.ids]} total={head?.total ?? 0} canChange={session.data?.can_change ?? false} onAll={(n) => selectRange(0, n)} onClear={selection.clear} />
      ) : (
        <div className="statusbar">
          {head && (
            <span role="status">
              {plural(head.total, grouped ? "group" : of === "models" ? "model" : "run")}
              {!grouped && head.total !== head.unfiltered && ` of ${number(head.unfiltered)}`}
            </span>
          )}
          {head && <HiddenHint n={head.hidden} state={state} />}
          {of === "models" && state.roles.length === 0 && candidates > 0 && (
            <button type="button" className="btn quiet small" onClick={() => url.set({ role: ["candidate"], col: null, sort: null })}>
              {plural(candidates, "candidate")} of searches: show
            </button>
          )}
          <span className="hint">{grouped ? "Click a group to see its rows, a heading to sort; ? shows all keys" : "Click a value to filter by it, a heading to sort; Space selects, ? shows all keys"}</span>
        </div>
      )}
      {picked && (
        <ValueMenu
          of={picked}
          filter={state.filter}
          canChange={session.data?.can_change ?? false}
          onFilter={setFilter}
          onGroup={(key) => url.set({ group: [key], sort: null })}
          onOpen={() => open(picked.id)}
          onSelect={() => selection.change([picked.id], true)}
          onClose={() => setPicked(null)}
        />
      )}
    </>
  );
}

const REORDERED = new WeakMap<GridRow, { order: readonly number[]; row: GridRow }>();

/** The grid's columns: what names a row first, whatever the order of the rest. */
function useGridColumns(shown: readonly TableColumn[], widthsOf: Record<string, number>, grouped: boolean, byDefault: boolean, main: string | null) {
  return useMemo(() => {
    const first = grouped ? 0 : Math.max(0, shown.findIndex((column) => SEARCHABLE.includes(column.key)));
    const rest = [...shown.keys()].filter((at) => at !== first);
    if (byDefault && !grouped) rest.sort((a, b) => rankOf(shown, a, main) - rankOf(shown, b, main) || a - b);
    const order = shown.length === 0 ? [] : [first, ...rest];
    const grid: GridColumn[] = order.map((at) => {
      const column = shown[at]!;
      return {
        key: column.key,
        title: titleOf(column),
        kind: column.kind,
        width: widthsOf[column.key] ?? (at === first && window.innerWidth < NARROW ? 140 : columnWidth(column)),
        right: isRight(column) && at !== first,
        help: column.key,
      };
    });
    return { grid, order };
  }, [shown, widthsOf, grouped, byDefault, main]);
}

/** A phone has room for a name and one number: how good it is. */
const NARROW = 600;

/** What it is, how good, why: the type, the main metric and two more, the hyperparameters, then the rest. */
function rankOf(shown: readonly TableColumn[], at: number, main: string | null): number {
  const { kind, key, type } = shown[at]!;
  if (key === main && window.innerWidth < NARROW) return -1;
  if (kind === "field") return ["type", "steps", "script"].includes(key) ? 0 : key === "status" ? 0.5 : key === "run" ? 3.2 : type === "time" ? 3.5 : 5;
  if (kind !== "metric") return 3;
  if (key === main) return 1;
  const before = shown.slice(0, at).filter((column) => column.kind === "metric" && column.key !== main).length;
  return before < 2 ? 2 : 4;
}

/** Where a value lies between the worst and the best of its column. */
function share(column: TableColumn, value: unknown): number | null {
  if (typeof value !== "number" || column.min === null || column.max === null || column.min === column.max) return null;
  const place = (value - column.min) / (column.max - column.min);
  return 0.04 + 0.96 * (column.higher_is_better === false ? 1 - place : place);
}

function widths(now: Record<string, number>, key: string, width: number): string[] {
  return Object.entries({ ...now, [key]: width }).map(([name, value]) => `${name}:${value}`);
}

interface HeadMenuProps {
  column: TableColumn;
  keys: string[];
  set: UrlState["set"];
  onKeep: (keys: string[]) => void;
}

function HeadMenu({ column, keys, set, onKeep }: HeadMenuProps) {
  const { key } = column;
  const at = keys.indexOf(key);
  const swap = (step: number) => {
    const next = [...keys];
    [next[at], next[at + step]] = [next[at + step]!, next[at]!];
    onKeep(next);
  };
  return (
    <Pop label={`Column ${titleOf(column)}`} icon="more" menu className="btn quiet icon small head-menu">
      {(close) => {
        const act = (run: () => void) => () => (close(), run());
        return (
          <>
            <div className="title">{key}</div>
            <MenuItem icon="up" onClick={act(() => set({ sort: [key] }))}>
              Sort ascending
            </MenuItem>
            <MenuItem icon="down" onClick={act(() => set({ sort: [`-${key}`] }))}>
              Sort descending
            </MenuItem>
            <MenuItem icon="group" onClick={act(() => set({ group: [key], sort: null }))}>
              Group by this
            </MenuItem>
            <hr />
            <MenuItem icon="left" disabled={at <= 0} onClick={act(() => swap(-1))}>
              Move left
            </MenuItem>
            <MenuItem icon="right" disabled={at < 0 || at >= keys.length - 1} onClick={act(() => swap(1))}>
              Move right
            </MenuItem>
            <MenuItem icon="hide" onClick={act(() => onKeep(keys.filter((one) => one !== key)))}>
              Remove the column
            </MenuItem>
          </>
        );
      }}
    </Pop>
  );
}

const ROLES = [["model", "Models the scripts fitted"], ["step", "Steps of pipelines"], ["candidate", "Candidates of searches"]] as const;

function RolesMenu({ roles, onChange }: { roles: string[]; onChange: (roles: string[] | null) => void }) {
  const on = roles.length === 0 ? ["model"] : roles;
  const toggle = (role: string) => {
    const next = on.includes(role) ? on.filter((one) => one !== role) : [...on, role];
    onChange(next.length === 0 || (next.length === 1 && next[0] === "model") ? null : next);
  };
  return (
    <Pop label="Which fits are listed" text={`Show: ${on.map((role) => (role === "model" ? "models" : `${role}s`)).join(", ")}`} icon="models" menu>
      {() =>
        ROLES.map(([role, text]) => (
          <MenuItem key={role} checked={on.includes(role)} onClick={() => toggle(role)}>
            {text}
          </MenuItem>
        ))
      }
    </Pop>
  );
}

function NoRows(props: { of: Kind; project: string; runs: number; unfiltered: number; hidden: number; onClear: () => void; onHidden: () => void }) {
  if (props.unfiltered > 0) {
    return (
      <Empty title={`None of ${plural(props.unfiltered, props.of === "models" ? "model" : "run")} passes the filter`}>
        <button type="button" className="btn" onClick={props.onClear}>
          Clear the filter
        </button>
      </Empty>
    );
  }
  if (props.hidden > 0) {
    return (
      <Empty title="Everything here is hidden">
        <button type="button" className="btn" onClick={props.onHidden}>
          Show the hidden ones
        </button>
      </Empty>
    );
  }
  return (
    <Empty title={`No ${props.of} in this project yet`}>
      {props.of === "models" && props.runs > 0 && (
        <Link className="btn" href={to.runs(props.project)}>
          Show its {plural(props.runs, "run")}
        </Link>
      )}
      <p>They appear here as they are recorded:</p>
      <pre>modeldb run train.py</pre>
    </Empty>
  );
}
