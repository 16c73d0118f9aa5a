/** What can be done with a value: keep only its rows, leave them out, group by its column, change a tag. */
import { useState } from "react";
import type { ModelDetail, TableColumn } from "@/api/types";
import { fetchModel, useAnnotate } from "@/api/queries";
import { compare, conjoin, type Operator, type Scalar } from "@/lib/filter";
import { cell, number } from "@/lib/format";
import { navigate, to } from "@/router/router";
import { copyText } from "@/ui/copy";
import { MenuItem, Panel, type Anchor } from "@/ui/pop";
import { NoteForm } from "@/ui/note-form";
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
  onSelect: () => void;
  onClose: () => void;
}

export function ValueMenu({ of, filter, canChange, onFilter, onGroup, onOpen, onSelect, onClose }: Props) {
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
      {column.key === "note" && canChange && <NoteEditor of={of} onClose={onClose} />}
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
      <MenuItem icon="check" onClick={() => (onClose(), onSelect())}>
        Select the row, to compare, tag, note or hide it
      </MenuItem>
      <hr />
      {of.id.startsWith("m-") && column.key === "run" && (
        <MenuItem icon="runs" onClick={() => (onClose(), void openOf(of.id, (model) => to.run(model.run.run_id)))}>
          Open the run
        </MenuItem>
      )}
      {of.id.startsWith("m-") && column.key === "dataset" && (
        <MenuItem icon="data" onClick={() => (onClose(), void openOf(of.id, (model) => model.trained_on && to.dataset(model.trained_on.dataset_id)))}>
          Open the dataset
        </MenuItem>
      )}
      <MenuItem icon="right" onClick={() => (onClose(), onOpen())}>
        Open the {of.id.startsWith("m-") ? "model" : "run"}
      </MenuItem>
    </Panel>
  );
}

/** A table knows a model's run and data by name; their ids come with the model. */
async function openOf(id: string, place: (model: ModelDetail) => string | null): Promise<void> {
  try {
    const href = place(await fetchModel(id));
    if (href) navigate(href);
  } catch (error) {
    say((error as Error).message, true);
  }
}

function NoteEditor({ of, onClose }: { of: Picked; onClose: () => void }) {
  const annotate = useAnnotate();
  const save = (value: string) =>
    annotate.mutate([{ targets: [of.id], kind: "note", key: "", value }], { onSuccess: onClose, onError: (error) => say(error.message, true) });
  return (
    <div style={{ padding: "4px 8px 8px", width: 300 }}>
      <NoteForm onSave={save} />
    </div>
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
