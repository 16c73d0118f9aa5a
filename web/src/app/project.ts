/** The project the reader is in: named by the address, else the one they came from. */
import { useSyncExternalStore } from "react";
import { match, usePlace } from "@/router/router";

let remembered: string | null = read();
const listeners = new Set<() => void>();

function read(): string | null {
  try {
    return window.sessionStorage.getItem("modeldb.project");
  } catch {
    return null;
  }
}

/** Says which project a page without one in its address belongs to (a model's, a run's). */
export function rememberProject(name: string | null | undefined): void {
  if (!name || name === remembered) return;
  remembered = name;
  try {
    window.sessionStorage.setItem("modeldb.project", name);
  } catch {
    // Then it lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

export function useRememberedProject(): string | null {
  const { path } = usePlace();
  const kept = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => remembered,
  );
  const named = match("/p/:project", path) ?? match("/p/:project/:view", path);
  return named?.["project"] ?? kept;
}
