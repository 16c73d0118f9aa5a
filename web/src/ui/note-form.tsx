/** A few lines about something, for others to read. */
import { useState } from "react";

export function NoteForm({ onSave }: { onSave: (text: string) => void }) {
  const [text, setText] = useState("");
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(text.trim());
        setText("");
      }}
    >
      <textarea className="field" rows={3} aria-label="Note" placeholder="What should others know?" value={text} onChange={(event) => setText(event.target.value)} />
      <button type="submit" className="btn primary" disabled={text.trim() === ""}>
        Add note
      </button>
    </form>
  );
}
