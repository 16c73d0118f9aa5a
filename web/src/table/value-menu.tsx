/** What can be done with a value: keep only its rows, leave them out, group by its column, change a tag. */
import { useState } from "react";
import type { TableColumn } from "@/api/types";
import { useAnnotate } from "@/api/queries";
import { compare, conjoin, type Operator, type Scalar } from "@/lib/filter";
import { cell, number } from "@/lib/format";
import { copyText } from "@/ui/copy";
import { MenuItem, Panel, type Anchor } from "@/ui/pop";
import { say } from "@/ui/toast";
import { titleOf } from "./cells";

export interface Picked {
  column: TableColumn;
  value: unknown;
  id: string;
  anchor: Anchor;
}

interface Props {
  of: Picked;
  filter: string;
  canChange: boolean;
  onFilter: (filter: string) => void;
  onGroup: (key: string) => void;
  onOpen: () => void;
  onClose: () => void;
}

export function ValueMenu({ of, filter, canChange, onFilter, onGroup, onOpen, onClose }: Props) {
  const { column, value, anchor } = of;
  const scalar = value === null || ["string", "number", "boolean"].includes(typeof value) ? ((value ?? null) as Scalar) : null;
  const asked = scalar !== null || value === null || value === undefined;
  const numeric = typeof value === "number" && column.type !== "time";
  const text = typeof value === "number" && column.type === "number" ? number(value, 6) : cell(value, column.type) || "none";
  const title = titleOf(column);
  const act = (operator: Operator) => () => {
    onClose();
    onFilter(conjoin(filter, compare(column.key, operator, scalar)));
  };
  return (
    <Panel anchor={anchor} onClose={onClose} label={`${title}: ${text}`} menu>
      <div className="title ellipsis">
        {title}: {text}
      </div>
      {column.kind === "tag" && canChange && <TagEditor of={of} onClose={onClose} />}
      {asked && column.type !== "time" && (
        <>
          <MenuItem icon="filter" onClick={act("=")}>
            Only {title} = {text}
          </MenuItem>
          <MenuItem icon="hide" onClick={act("!=")}>
            Leave out {text}
          </MenuItem>
        </>
      )}
      {(numeric || column.type === "time") && (
        <>
          <MenuItem onClick={act(">=")}>{column.type === "time" ? "From then on" : `At least ${text}`}</MenuItem>
          <MenuItem onClick={act("<=")}>{column.type === "time" ? "Up to then" : `At most ${text}`}</MenuItem>
        </>
      )}
      <hr />
      <MenuItem icon="group" onClick={() => (onClose(), onGroup(column.key))}>
        Group by {title}
      </MenuItem>
      <MenuItem icon="copy" onClick={() => (onClose(), void copyText(typeof value === "string" ? value : JSON.stringify(value), "Value"))}>
        Copy the value
      </MenuItem>
      <MenuItem icon="right" onClick={() => (onClose(), onOpen())}>
        Open
      </MenuItem>
    </Panel>
  );
}

function TagEditor({ of, onClose }: { of: Picked; onClose: () => void }) {
  const [text, setText] = useState(typeof of.value === "string" ? of.value : "");
  const annotate = useAnnotate();
  const save = (value: string | null) =>
    annotate.mutate([{ targets: [of.id], kind: "tag", key: of.column.name, value }], {
      onSuccess: onClose,
      onError: (error) => say(error.message, true),
    });
  return (
    <form
      className="row"
      style={{ padding: "4px 8px 8px" }}
      onSubmit={(event) => {
        event.preventDefault();
        save(text.trim() === "" ? null : text.trim());
      }}
    >
      <input className="field grow" aria-label={`Tag ${of.column.name}`} value={text} onChange={(event) => setText(event.target.value)} />
      <button type="submit" className="btn primary" disabled={annotate.isPending}>
        Save
      </button>
    </form>
  );
}
