/** Ctrl-K: anything by name or id. */
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState, type KeyboardEvent } from "react";
import { get } from "@/api/client";
import { fetchTable, useProjects } from "@/api/queries";
import type { DatasetList, Table } from "@/api/types";
import { literal } from "@/lib/filter";
import { shortId } from "@/lib/format";
import { navigate, to } from "@/router/router";
import { Dialog } from "@/ui/dialog";
import { madeOf, modelName } from "@/ui/parts";
import { useRememberedProject } from "./project";

interface Found {
  kind: string;
  text: string;
  detail: string;
  href: string;
}

export function Finder({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(typed.trim());
  const found = useFound(wanted);
  const go = (item: Found | undefined) => {
    if (!item) return;
    onClose();
    navigate(item.href);
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, at + 1));
    else if (event.key === "ArrowUp") setAt(Math.max(0, at - 1));
    else if (event.key === "Enter") go(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Find" onClose={onClose}>
      <div className="stack">
        <input
          className="field"
          data-autofocus
          placeholder="Project, model, run, dataset, or an id…"
          aria-label="Find"
          role="combobox"
          aria-expanded="true"
          aria-controls="found"
          aria-activedescendant={found[at] ? `found-${at}` : undefined}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={key}
        />
        <div id="found" role="listbox" aria-label="Found">
          {found.map((item, index) => (
            <div
              key={item.href + item.text}
              id={`found-${index}`}
              role="option"
              aria-selected={index === at}
              className="row"
              style={{ padding: "4px 8px", borderRadius: 5, cursor: "pointer", background: index === at ? "var(--bg-active)" : undefined }}
              onPointerMove={() => setAt(index)}
              onClick={() => go(item)}
            >
              <span className="badge">{item.kind}</span>
              <span className="ellipsis">{item.text}</span>
              <span className="muted small ellipsis" style={{ marginLeft: "auto" }}>
                {item.detail}
              </span>
            </div>
          ))}
          {found.length === 0 && <p className="muted small">Nothing found.</p>}
        </div>
      </div>
    </Dialog>
  );
}

function useFound(wanted: string): Found[] {
  const project = useRememberedProject();
  const projects = useProjects();
  const { data: rest = [] } = useQuery({
    queryKey: ["find", wanted],
    enabled: wanted.length > 1,
    queryFn: ({ signal }) => search(wanted, signal),
  });
  const lower = wanted.toLowerCase();
  const names = (projects.data?.projects ?? []).filter((one) => one.name.toLowerCase().includes(lower));
  const pages: Found[] =
    project === null
      ? []
      : ([["Models", to.models(project)], ["Runs", to.runs(project)], ["Charts", to.charts(project)], ["Examples", to.examples(project)], ["Data", to.data(project)]] as const).map(
          ([text, href]) => ({ kind: "page", text, detail: project, href }),
        );
  pages.push({ kind: "page", text: "SQL console", detail: "", href: to.sql() });
  return [
    ...pages.filter((page) => wanted !== "" && page.text.toLowerCase().startsWith(lower)),
    ...names.slice(0, 6).map((one) => ({ kind: "project", text: one.name, detail: one.description ?? "", href: to.models(one.name) })),
    ...rest,
    ...(wanted === "" ? pages : []),
  ].slice(0, 14);
}

async function search(wanted: string, signal: AbortSignal): Promise<Found[]> {
  const query = { filter: literal(wanted), limit: 5, columns: ["name", "type", "steps", "project"] };
  const [models, runs, datasets] = await Promise.allSettled([
    fetchTable("models", query, signal),
    fetchTable("runs", { ...query, columns: ["name", "project"] }, signal),
    get<DatasetList>("/datasets", { q: wanted, limit: 5 }, signal),
  ]);
  const rows = (table: PromiseSettledResult<Table>, kind: string, href: (id: string) => string): Found[] =>
    table.status !== "fulfilled"
      ? []
      : table.value.ids.map((id, index) => {
          const row = table.value.rows[index] ?? [];
          const field = (key: string) => String(row[table.value.columns.findIndex((column) => column.key === key)] ?? "");
          const model = { model_id: id, name: field("name"), type: field("type"), steps: field("steps") === "" ? [] : [field("steps")] };
          const [text, what] = kind === "model" ? [modelName(model), madeOf(model)] : [model.name || shortId(id), ""];
          return { kind, text, detail: [what, field("project"), shortId(id)].filter(Boolean).join(" · "), href: href(id) };
        });
  const sets =
    datasets.status !== "fulfilled"
      ? []
      : datasets.value.datasets.map(({ dataset }) => ({
          kind: "dataset",
          text: dataset.name ?? shortId(dataset.dataset_id),
          detail: dataset.source ?? "",
          href: to.dataset(dataset.dataset_id),
        }));
  return [...rows(models, "model", to.model), ...rows(runs, "run", to.run), ...sets];
}

