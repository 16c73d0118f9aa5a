/** Light, dark, or whatever the system says; remembered on this machine. */
import { useSyncExternalStore } from "react";

export type Theme = "auto" | "light" | "dark";

const KEY = "modeldb.theme";
const listeners = new Set<() => void>();
/** Kept from one change to the next, because asking makes the browser lay the page out. */
let systemIsDark = false;

export function theme(): Theme {
  const found = document.documentElement.dataset["theme"];
  return found === "light" || found === "dark" ? found : "auto";
}

export function setTheme(next: Theme): void {
  if (next === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
  try {
    window.localStorage.setItem(KEY, next);
  } catch {
    // Storage may be switched off; then the choice lasts as long as the page.
  }
  notify();
}

function notify(): void {
  for (const listener of listeners) listener();
}

export function startTheme(): void {
  try {
    const saved = window.localStorage.getItem(KEY);
    if (saved === "light" || saved === "dark") document.documentElement.dataset["theme"] = saved;
  } catch {
    // As above.
  }
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  systemIsDark = system.matches;
  system.addEventListener("change", (event) => {
    systemIsDark = event.matches;
    notify();
  });
}

const dark = (): boolean => theme() === "dark" || (theme() === "auto" && systemIsDark);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const useTheme = (): Theme => useSyncExternalStore(subscribe, theme);
export const useDark = (): boolean => useSyncExternalStore(subscribe, dark);
