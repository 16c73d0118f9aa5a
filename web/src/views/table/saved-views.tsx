/** Tables worth coming back to, under a name; they live in the store, so others see them too. */
import { memo, useState } from "react";
import { useSave, useSaved, useSession, type Kind } from "@/api/queries";
import type { SavedItem } from "@/api/types";
import { navigate } from "@/router/router";
import { Icon } from "@/ui/icon";
import { Pop } from "@/ui/pop";
import { Problem } from "@/ui/states";

interface View {
  path: string;
  search: string;
}

export const SavedViews = memo(function SavedViews({ project, of }: { project: string; of: Kind | "charts" }) {
  const saved = useSaved("view");
  const save = useSave("view");
  const session = useSession();
  const [name, setName] = useState("");
  // No slash: a name is one segment of an address.
  const prefix = `${project.replaceAll("/", "∕")} · ${of} · `;
  const here = (saved.data?.items ?? []).filter((item) => item.name.startsWith(prefix) && isView(item.value));
  const canChange = session.data?.can_change ?? false;
  return (
    <Pop label="Saved views" text="Views" icon="views" roomy>
      {(close) => (
        <div className="stack" style={{ width: 300 }}>
          {here.length === 0 && <p className="muted small">No view saved yet. A view keeps columns, filter, sorting, grouping and charts.</p>}
          {here.map((item) => (
            <div key={item.name} className="row">
              <button type="button" className="option grow" onClick={() => (close(), go(item))}>
                <Icon name="views" size={14} />
                <span className="ellipsis">{item.name.slice(prefix.length)}</span>
                <span className="end small">{item.author}</span>
              </button>
              {canChange && (
                <button type="button" className="btn quiet icon small" aria-label={`Delete ${item.name.slice(prefix.length)}`} onClick={() => save.mutate({ name: item.name, value: null })}>
                  <Icon name="close" size={12} />
                </button>
              )}
            </div>
          ))}
          {canChange ? (
            <form
              className="row"
              onSubmit={(event) => {
                event.preventDefault();
                const view: View = { path: window.location.pathname, search: window.location.search };
                save.mutate({ name: prefix + name.trim().replaceAll("/", "∕"), value: view }, { onSuccess: () => setName("") });
              }}
            >
              <input className="field grow" aria-label="Name of the view" placeholder="Save this view as…" value={name} onChange={(event) => setName(event.target.value)} />
              <button type="submit" className="btn primary" disabled={name.trim() === "" || save.isPending}>
                Save
              </button>
            </form>
          ) : (
            <p className="muted small">To save views, open the address that modeldb ui printed.</p>
          )}
          {save.error && <Problem error={save.error} />}
        </div>
      )}
    </Pop>
  );
});

function isView(value: unknown): value is View {
  const view = value as View | null;
  // A path of this application only: what is stored may have been written by anyone.
  return typeof view?.path === "string" && /^\/(?!\/)/.test(view.path) && typeof view.search === "string" && /^(\?|$)/.test(view.search);
}

function go(item: SavedItem): void {
  const view = item.value as View;
  navigate(view.path + view.search);
}
