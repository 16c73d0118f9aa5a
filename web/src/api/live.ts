/** News from the store: one event stream, and only the answers it concerns are asked for again. */
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { address, token } from "./client";
import type { Event as News } from "./types";

export type Connection = "connecting" | "live" | "lost";

let connection: Connection = "connecting";
let source: EventSource | null = null;
const listeners = new Set<() => void>();

function become(next: Connection): void {
  if (next === connection) return;
  connection = next;
  for (const listener of listeners) listener();
}

/** Whether nobody answers; who does next is asked for everything that failed. */
export const isLost = (): boolean => connection === "lost";

/** Which cached answers a change of these tables can alter; the first part of a query's key is its topic. */
const TOPICS: Record<string, string[]> = {
  runs: ["runs", "projects", "project", "run", "compare"],
  models: ["models", "projects", "project", "charts", "model", "run", "compare", "datasets", "dataset"],
  metrics: ["models", "runs", "projects", "project", "charts", "series", "model", "run", "compare"],
  hyperparameters: ["models", "charts", "model", "compare"],
  annotations: ["models", "runs", "model", "run", "charts", "series", "examples", "saved", "projects", "project"],
  actions: ["pipeline", "run"],
  datasets: ["datasets", "dataset", "projects"],
  prediction_sets: ["evaluation", "examples", "compare"],
  features: ["model", "compare"],
  projects: ["projects", "project"],
};

export function topicsOf(tables: readonly string[]): Set<string> {
  return new Set(tables.flatMap((table) => TOPICS[table] ?? []));
}

/** The browser tries again by itself where nobody answers, but not after an answer that refuses. */
const RETRY_MS = 3000;

/** Opens the stream; the browser reconnects by itself and says how far it had come. */
export function follow(client: QueryClient): () => void {
  let pending = new Set<string>();
  let timer: number | undefined;
  let again: number | undefined;
  const flush = () => {
    const topics = pending;
    pending = new Set();
    timer = undefined;
    void client.invalidateQueries({ predicate: (query) => topics.has(String(query.queryKey[0])) });
  };
  const open = () => {
    source = new EventSource(address("/events", { token: token() }));
    source.addEventListener("open", () => {
      // Another process may answer now, and what failed or happened meanwhile is asked for; what is as it was is a 304.
      if (connection === "lost") void client.invalidateQueries();
      become("live");
    });
    source.addEventListener("error", () => {
      become("lost");
      if (source?.readyState === EventSource.CLOSED) again = window.setTimeout(open, RETRY_MS);
    });
    source.addEventListener("change", (event) => {
      become("live");
      const news = JSON.parse((event as MessageEvent<string>).data) as News;
      for (const topic of topicsOf(news.tables)) pending.add(topic);
      // A training loop logs all the time: what is shown follows about twice a second.
      timer ??= window.setTimeout(flush, 500);
    });
  };
  open();
  return () => {
    source?.close();
    window.clearTimeout(timer);
    window.clearTimeout(again);
  };
}

export function useConnection(): Connection {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connection,
  );
}
