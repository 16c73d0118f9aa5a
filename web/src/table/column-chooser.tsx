/** Which columns a table shows, and in which order. */
import { useState } from "react";
import type { TableColumn } from "@/api/types";
import { number } from "@/lib/format";
import { Icon } from "@/ui/icon";
import { titleOf } from "./cells";

const KINDS = [["field", "Fields"], ["metric", "Metrics"], ["param", "Hyperparameters"], ["tag", "Tags"], ["feature", "Features"]] as const;

interface Props {
  columns: readonly TableColumn[];
  shown: readonly string[];
  onChange: (keys: string[] | null) => void;
}

export function ColumnChooser({ columns, shown, onChange }: Props) {
  const [search, setSearch] = useState("");
  const [varying, setVarying] = useState(false);
  const on = new Set(shown);
  const wanted = columns.filter((column) => (!varying || column.varies || on.has(column.key)) && column.key.toLowerCase().includes(search.toLowerCase()));
  const toggle = (key: string) => onChange(on.has(key) ? shown.filter((one) => one !== key) : [...shown, key]);
  const move = (key: string, step: number) => {
    const next = [...shown];
    const at = next.indexOf(key);
    const to = at + step;
    if (to < 0 || to >= next.length) return;
    [next[at], next[to]] = [next[to]!, next[at]!];
    onChange(next);
  };
  return (
    <div style={{ width: 400 }}>
      <div className="row" style={{ padding: "4px 8px" }}>
        <input className="field grow" placeholder="Search columns" aria-label="Search columns" value={search} onChange={(event) => setSearch(event.target.value)} />
        <label className="check">
          <input type="checkbox" checked={varying} onChange={() => setVarying(!varying)} /> varying only
        </label>
        <button type="button" className="btn quiet small" onClick={() => onChange(null)}>
          Reset
        </button>
      </div>
      {search === "" && (
        <>
          <div className="title">Shown, in this order</div>
          {shown.map((key, index) => {
            const column = columns.find((one) => one.key === key);
            return (
              <div key={key} className="row" style={{ padding: "0 8px", minHeight: 26 }}>
                <label className="check grow ellipsis">
                  <input type="checkbox" checked onChange={() => toggle(key)} />
                  <span className="ellipsis">{column ? titleOf(column) : key}</span>
                  <span className="muted small">{column && column.kind !== "field" ? column.kind : ""}</span>
                </label>
                <button type="button" className="btn quiet icon small" aria-label={`Move ${key} left`} disabled={index === 0} onClick={() => move(key, -1)}>
                  <Icon name="up" size={12} />
                </button>
                <button type="button" className="btn quiet icon small" aria-label={`Move ${key} right`} disabled={index === shown.length - 1} onClick={() => move(key, 1)}>
                  <Icon name="down" size={12} />
                </button>
              </div>
            );
          })}
        </>
      )}
      {KINDS.map(([kind, title]) => {
        const of = wanted.filter((column) => column.kind === kind && (search !== "" || !on.has(column.key)));
        if (of.length === 0) return null;
        return (
          <div key={kind}>
            <div className="title row spread">
              {title}
              <button type="button" className="btn quiet small" onClick={() => onChange([...shown, ...of.map((column) => column.key).filter((key) => !on.has(key))])}>
                Add {of.length > 1 ? `all ${of.length}` : "it"}
              </button>
            </div>
            {of.slice(0, 200).map((column) => (
              <label key={column.key} className="option check">
                <input type="checkbox" checked={on.has(column.key)} onChange={() => toggle(column.key)} />
                <span className="ellipsis">{titleOf(column)}</span>
                <span className="end small">
                  {column.type === "number" && column.min !== null && column.max !== null && column.varies ? `${number(column.min, 3)} – ${number(column.max, 3)}` : column.distinct === 1 ? "constant" : `${column.distinct} values`}
                </span>
              </label>
            ))}
          </div>
        );
      })}
      {wanted.length === 0 && <p className="muted small" style={{ padding: 8 }}>No column has “{search}” in its name.</p>}
    </div>
  );
}
