/** What can be done with the selected rows. */
import { useState } from "react";
import { useAnnotate, type Kind } from "@/api/queries";
import type { AnnotationChange } from "@/api/types";
import { number, plural } from "@/lib/format";
import { navigate, to } from "@/router/router";
import { copyText } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { NoteForm } from "@/ui/note-form";
import { Pop } from "@/ui/pop";
import { say } from "@/ui/toast";

interface Props {
  of: Kind;
  ids: string[];
  total: number;
  canChange: boolean;
  /** Selects this many from the first on. */
  onAll: (n: number) => void;
  onClear: () => void;
}

/** As many as the server changes at once. */
export const MOST_SELECTED = 10_000;

export function SelectionBar({ of, ids, total, canChange, onAll, onClear }: Props) {
  const annotate = useAnnotate();
  const what = plural(ids.length, of === "models" ? "model" : "run");
  const readOnly = canChange ? undefined : "Open the address that modeldb ui printed to make changes";
  const change = (changes: AnnotationChange[], done: string, then?: () => void) =>
    annotate.mutate(changes, {
      onSuccess: () => {
        say(done);
        then?.();
      },
      onError: (error) => say(error.message, true),
    });
  const hide = (value: string | null) => {
    // Clearing the selection takes this bar away, and with it what is still to be said.
    change([{ targets: ids, kind: "hide", value }], value === null ? `${what} shown again` : `${what} hidden`, onClear);
  };
  return (
    <div className="statusbar picked" role="toolbar" aria-label="Selected rows">
      <b>{what} selected</b>
      {ids.length < Math.min(total, MOST_SELECTED) && (
        <button type="button" className="btn quiet" title="Key: Ctrl A" onClick={() => onAll(Math.min(total, MOST_SELECTED))}>
          Select {total > MOST_SELECTED ? "the first" : "all"} {number(Math.min(total, MOST_SELECTED))}
        </button>
      )}
      <button
        type="button"
        className="btn primary"
        disabled={ids.length < 2 || ids.length > 20}
        title={ids.length > 20 ? "At most 20 can be compared" : ids.length < 2 ? "Select at least two" : "Key: c"}
        onClick={() => navigate(to.compare(ids))}
      >
        <Icon name="compare" /> Compare
      </button>
      <Pop label="Tag" text="Tag…" icon="tag" roomy disabled={!canChange} {...(readOnly ? { title: readOnly } : {})}>
        {(close) => <TagForm onSave={(key, value) => (close(), change([{ targets: ids, kind: "tag", key, value }], `${what} tagged`))} />}
      </Pop>
      <Pop label="Note" text="Note…" icon="note" roomy disabled={!canChange} {...(readOnly ? { title: readOnly } : {})}>
        {(close) => <NoteForm onSave={(value) => (close(), change([{ targets: ids, kind: "note", key: "", value }], "Note added"))} />}
      </Pop>
      <button type="button" className="btn" disabled={!canChange} title={readOnly} onClick={() => hide("hidden")}>
        <Icon name="hide" /> Hide
      </button>
      <button type="button" className="btn" disabled={!canChange} title={readOnly} onClick={() => hide(null)}>
        <Icon name="show" /> Unhide
      </button>
      <button type="button" className="btn" onClick={() => void copyText(ids.join("\n"), "Ids")}>
        <Icon name="copy" /> Copy ids
      </button>
      <button type="button" className="btn quiet" onClick={onClear}>
        Clear
      </button>
    </div>
  );
}

function TagForm({ onSave }: { onSave: (key: string, value: string | null) => void }) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(key.trim(), value.trim() === "" ? null : value.trim());
      }}
    >
      <label className="labelled">
        Key <input className="field" value={key} onChange={(event) => setKey(event.target.value)} placeholder="stage" />
      </label>
      <label className="labelled">
        Value <input className="field" value={value} onChange={(event) => setValue(event.target.value)} placeholder="empty removes the tag" />
      </label>
      <button type="submit" className="btn primary" disabled={key.trim() === ""}>
        Save
      </button>
    </form>
  );
}
