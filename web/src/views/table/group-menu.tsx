/** Grouping: by which columns, and what to say about each group. */
import { memo } from "react";
import type { TableColumn } from "@/api/types";
import { titleOf } from "@/table/cells";
import type { TableState } from "@/table/state";
import { Icon } from "@/ui/icon";
import { Select } from "@/ui/parts";
import { Pop } from "@/ui/pop";

const AGGREGATES = ["mean", "median", "min", "max", "std", "sum", "variance", "first", "last"];

export const GroupMenu = memo(function GroupMenu({ columns, state }: { columns: readonly TableColumn[]; state: TableState }) {
  const { group, aggregate, url } = state;
  const options = columns.filter((column) => column.kind !== "feature" && column.varies).map((column) => ({ value: column.key, text: titleOf(column), group: column.kind }));
  const numeric = columns.filter((column) => column.type === "number" && column.kind !== "feature").map((column) => ({ value: column.key, text: titleOf(column), group: column.kind }));
  const setGroup = (keys: string[]) => url.set({ group: keys, ...(keys.length === 0 ? { agg: null } : {}), sort: null, sel: null });
  return (
    <Pop label="Group" text={group.length > 0 ? `Grouped by ${group.map((key) => key.replace(/^\w+\./, "")).join(", ")}` : "Group"} icon="group" roomy>
      {() => (
        <div className="stack" style={{ width: 320 }}>
          <h3>Group by</h3>
          {group.map((key) => (
            <div key={key} className="row">
              <span className="grow ellipsis">{key}</span>
              <button type="button" className="btn quiet icon small" aria-label={`Do not group by ${key}`} onClick={() => setGroup(group.filter((one) => one !== key))}>
                <Icon name="close" size={12} />
              </button>
            </div>
          ))}
          <Select hideLabel label="Add a column to group by" value="" options={[{ value: "", text: "Add a column…" }, ...options]} onChange={(key) => key !== "" && setGroup([...group.filter((one) => one !== key), key])} />
          {group.length > 0 && (
            <>
              <h3>Show of each group</h3>
              {aggregate.length === 0 && <p className="muted small">The mean and the best of the main metric.</p>}
              {aggregate.map((key) => (
                <div key={key} className="row">
                  <span className="grow ellipsis">{key.replace(":", " of ")}</span>
                  <button type="button" className="btn quiet icon small" aria-label={`Do not show ${key}`} onClick={() => url.set({ agg: aggregate.filter((one) => one !== key) })}>
                    <Icon name="close" size={12} />
                  </button>
                </div>
              ))}
              <AddAggregate options={numeric} onAdd={(key) => url.set({ agg: [...aggregate.filter((one) => one !== key), key] })} />
              <button type="button" className="btn" onClick={() => setGroup([])}>
                No groups
              </button>
            </>
          )}
        </div>
      )}
    </Pop>
  );
});

function AddAggregate({ options, onAdd }: { options: { value: string; text: string; group: string }[]; onAdd: (key: string) => void }) {
  return (
    <div className="stack">
      {AGGREGATES.slice(0, 5).map((how) => (
        <Select key={how} label={`${how} of`} value="" options={[{ value: "", text: "…" }, ...options]} onChange={(key) => key !== "" && onAdd(`${how}:${key}`)} />
      ))}
    </div>
  );
}
