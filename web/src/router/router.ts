/** The address bar as the page's state: where we are, and a way to go elsewhere. */
import { useMemo, useSyncExternalStore } from "react";

export interface Place {
  path: string;
  query: URLSearchParams;
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("popstate", listener);
  };
}

const current = (): string => window.location.pathname + window.location.search;

export function usePlace(): Place {
  const href = useSyncExternalStore(subscribe, current);
  return useMemo(() => {
    const url = new URL(href, window.location.origin);
    return { path: url.pathname, query: url.searchParams };
  }, [href]);
}

/** Goes to a path of this application. `replace` leaves no entry in the history: for state that changes while dragging. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (to === current()) return;
  if (options.replace) window.history.replaceState(null, "", to);
  else window.history.pushState(null, "", to);
  for (const listener of listeners) listener();
}

/** The segments of a path that matches a pattern such as `/p/:project/models`; null when it does not. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  if (want.length !== have.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of want.entries()) {
    const segment = have[index]!;
    if (part.startsWith(":")) {
      try {
        found[part.slice(1)] = decodeURIComponent(segment);
      } catch {
        return null;
      }
    } else if (part !== segment) return null;
  }
  return found;
}

export const seg = encodeURIComponent;

/** Examples on one page of their table. */
export const EXAMPLES_PAGE = 50;

/** What an address of examples adds to be about one of several outputs. */
export const ofOutput = ({ output }: { output: number }): string => (output > 0 ? `&output=${output}` : "");

/** Addresses of everything that has a page. */
export const to = {
  projects: () => "/",
  models: (project: string) => `/p/${seg(project)}`,
  runs: (project: string) => `/p/${seg(project)}/runs`,
  charts: (project: string) => `/p/${seg(project)}/charts`,
  examples: (project: string) => `/p/${seg(project)}/examples`,
  data: (project: string) => `/p/${seg(project)}/data`,
  model: (id: string) => `/models/${seg(id)}`,
  run: (id: string) => `/runs/${seg(id)}`,
  dataset: (id: string) => `/data/${seg(id)}`,
  pipeline: (kind: "models" | "runs", id: string) => `/${kind}/${seg(id)}/pipeline`,
  compare: (ids: readonly string[]) => `/compare?${ids.map((id) => `id=${seg(id)}`).join("&")}`,
  sql: (query?: string) => (query ? `/sql?q=${seg(query)}` : "/sql"),
  /** One example over all models, on the page of the table that shows it: rows are numbered without gaps. */
  example: (dataset: string, row: number, models: readonly string[], project?: string | null) => {
    const from = Math.floor(row / EXAMPLES_PAGE) * EXAMPLES_PAGE;
    return `${to.examplesOf(dataset, models, "all", project)}${from > 0 ? `&from=${from}` : ""}&row=${row}`;
  },
  examplesOf: (dataset: string, models: readonly string[] = [], show = "all", project?: string | null) =>
    `${project ? `/p/${seg(project)}` : ""}/examples?dataset=${seg(dataset)}${models.map((id) => `&model=${seg(id)}`).join("")}` +
    (show === "all" ? "" : `&show=${show}`),
};
