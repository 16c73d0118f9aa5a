/** Queries to come back to: saved ones, which everybody on this store sees, and one's own recent ones. */
import { useState } from "react";
import { useSave, useSaved, useSession } from "@/api/queries";
import { ago } from "@/lib/format";
import { Icon } from "@/ui/icon";
import { Pop } from "@/ui/pop";
import { Problem } from "@/ui/states";
import { past } from "./past";

export function Library({ sql, onUse }: { sql: string; onUse: (sql: string) => void }) {
  return (
    <>
      <Pop label="Saved queries" text="Saved" icon="views" roomy>
        {(close) => <Saved sql={sql} onUse={(text) => (close(), onUse(text))} />}
      </Pop>
      <Pop label="History" text="History" icon="history" roomy>
        {(close) => (
          <div style={{ width: 420 }}>
            {past().length === 0 && <p className="muted small">Queries you run appear here.</p>}
            {past().map((one) => (
              <button key={one.at} type="button" className="option" onClick={() => (close(), onUse(one.sql))}>
                <code className="ellipsis" title={one.sql}>
                  {one.sql.replace(/\s+/g, " ")}
                </code>
                <span className="end small" style={{ whiteSpace: "nowrap" }}>{ago(one.at)}</span>
              </button>
            ))}
          </div>
        )}
      </Pop>
    </>
  );
}

function Saved({ sql, onUse }: { sql: string; onUse: (sql: string) => void }) {
  const saved = useSaved("query");
  const save = useSave("query");
  const session = useSession();
  const [name, setName] = useState("");
  const items = (saved.data?.items ?? []).flatMap((item) => {
    const text = (item.value as { sql?: unknown } | null)?.sql;
    return typeof text === "string" ? [{ ...item, sql: text }] : [];
  });
  return (
    <div className="stack" style={{ width: 340 }}>
      {items.length === 0 && <p className="muted small">No query saved yet.</p>}
      {items.map((item) => (
        <div key={item.name} className="row">
          <button type="button" className="option grow" title={item.sql} onClick={() => onUse(item.sql)}>
            <Icon name="sql" size={14} />
            <span className="ellipsis">{item.name}</span>
            <span className="end small">{item.author}</span>
          </button>
          {session.data?.can_change && (
            <button type="button" className="btn quiet icon small" aria-label={`Delete ${item.name}`} onClick={() => save.mutate({ name: item.name, value: null })}>
              <Icon name="close" size={12} />
            </button>
          )}
        </div>
      ))}
      {session.data?.can_change ? (
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate({ name: name.trim().replaceAll("/", "∕"), value: { sql } }, { onSuccess: () => setName("") });
          }}
        >
          <input className="field grow" aria-label="Name of the query" placeholder="Save this query as…" value={name} onChange={(event) => setName(event.target.value)} />
          <button type="submit" className="btn primary" disabled={name.trim() === ""}>
            Save
          </button>
        </form>
      ) : (
        <p className="muted small">To save queries, open the address that modeldb ui printed.</p>
      )}
      {save.error && <Problem error={save.error} />}
    </div>
  );
}
