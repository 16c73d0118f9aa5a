/** Tags and notes, edited in place. */
import { useState } from "react";
import { useAnnotate, useSession } from "@/api/queries";
import type { Annotation, AnnotationChange } from "@/api/types";
import { Icon } from "@/ui/icon";
import { Card, When } from "@/ui/parts";
import { Problem } from "@/ui/states";
import { NoteForm } from "@/ui/note-form";

export function Annotations({ target, of }: { target: string; of: Annotation[] }) {
  const session = useSession();
  const annotate = useAnnotate();
  const [adding, setAdding] = useState<"tag" | "note" | null>(null);
  const [editing, setEditing] = useState<string | null>(null);
  const tags = of.filter((one) => one.kind === "tag");
  const notes = of.filter((one) => one.kind === "note");
  const canChange = session.data?.can_change ?? false;
  const change = (one: Omit<AnnotationChange, "targets">) => annotate.mutate([{ targets: [target], ...one }]);
  return (
    <Card
      title="Tags and notes"
      actions={
        canChange && (
          <>
            <button type="button" className="btn small" onClick={() => setAdding(adding === "tag" ? null : "tag")}>
              <Icon name="plus" size={12} /> Tag
            </button>
            <button type="button" className="btn small" onClick={() => setAdding(adding === "note" ? null : "note")}>
              <Icon name="plus" size={12} /> Note
            </button>
          </>
        )
      }
    >
      <div className="stack">
        {adding === "tag" && <TagFields onSave={(key, value) => (change({ kind: "tag", key, value }), setAdding(null))} />}
        {adding === "note" && <NoteForm onSave={(value) => (change({ kind: "note", key: "", value }), setAdding(null))} />}
        {tags.length > 0 && (
          <div className="row wrap">
            {tags.map((tag) =>
              editing === tag.key ? (
                <TagFields key={tag.key} fixed={tag.key} initial={tag.value ?? ""} onSave={(key, value) => (change({ kind: "tag", key, value }), setEditing(null))} />
              ) : (
                <span key={tag.key} className="chip" title={`by ${tag.author}`}>
                  {canChange ? (
                    <button type="button" onClick={() => setEditing(tag.key)} aria-label={`Edit the tag ${tag.key}`}>
                      {tag.key}
                      {tag.value ? `: ${tag.value}` : ""}
                    </button>
                  ) : (
                    <>
                      {tag.key}
                      {tag.value ? `: ${tag.value}` : ""}
                    </>
                  )}
                  {canChange && (
                    <button type="button" aria-label={`Remove the tag ${tag.key}`} onClick={() => change({ kind: "tag", key: tag.key, value: null })}>
                      <Icon name="close" size={11} />
                    </button>
                  )}
                </span>
              ),
            )}
          </div>
        )}
        {notes.map((note) => (
          <Note key={note.key} note={note} canChange={canChange} onChange={(value) => change({ kind: "note", key: note.key, value })} />
        ))}
        {of.length === 0 && adding === null && <p className="muted small">None yet.</p>}
        {annotate.error && <Problem error={annotate.error} />}
      </div>
    </Card>
  );
}

function TagFields({ fixed, initial = "", onSave }: { fixed?: string; initial?: string; onSave: (key: string, value: string) => void }) {
  const [key, setKey] = useState(fixed ?? "");
  const [value, setValue] = useState(initial);
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(key.trim(), value.trim());
      }}
    >
      {fixed === undefined ? <input className="field grow" autoFocus placeholder="key" aria-label="Tag's key" value={key} onChange={(event) => setKey(event.target.value)} /> : <b>{fixed}</b>}
      <input className="field grow" autoFocus={fixed !== undefined} placeholder="value" aria-label="Tag's value" value={value} onChange={(event) => setValue(event.target.value)} />
      <button type="submit" className="btn primary" disabled={key.trim() === ""}>
        Save
      </button>
    </form>
  );
}

function Note({ note, canChange, onChange }: { note: Annotation; canChange: boolean; onChange: (value: string | null) => void }) {
  const [text, setText] = useState<string | null>(null);
  if (text !== null) {
    return (
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onChange(text.trim());
          setText(null);
        }}
      >
        <textarea className="field" rows={4} aria-label="Note" autoFocus value={text} onChange={(event) => setText(event.target.value)} />
        <div className="row">
          <button type="submit" className="btn primary" disabled={text.trim() === ""}>
            Save
          </button>
          <button type="button" className="btn" onClick={() => setText(null)}>
            Cancel
          </button>
        </div>
      </form>
    );
  }
  return (
    <div>
      <div className="note">{note.value}</div>
      <div className="row small muted">
        {note.author}, <When at={note.at} />
        {canChange && (
          <>
            <button type="button" className="btn quiet small" onClick={() => setText(note.value ?? "")}>
              Edit
            </button>
            <button type="button" className="btn quiet small" onClick={() => onChange(null)}>
              Remove
            </button>
          </>
        )}
      </div>
    </div>
  );
}
