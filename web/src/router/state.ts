/** One piece of a view's state, kept in the address so that a link restores it exactly. */
import { useCallback, useMemo } from "react";
import { navigate, usePlace } from "./router";

/** The query with some keys changed: a list repeats its key, an empty value removes it. */
export function withQuery(query: URLSearchParams, changes: Record<string, string | readonly string[] | null>): string {
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(changes)) {
    next.delete(key);
    if (value === null || value === "") continue;
    for (const item of typeof value === "string" ? [value] : value) next.append(key, item);
  }
  const text = next.toString();
  return text === "" ? "" : `?${text}`;
}

export interface UrlState {
  text: (key: string, fallback?: string) => string;
  list: (key: string) => string[];
  set: (changes: Record<string, string | readonly string[] | null>, options?: { replace?: boolean }) => void;
}

/** Reads and writes the query of the current address. Writing a value that is the default should pass null. */
export function useUrlState(): UrlState {
  const { query } = usePlace();
  const set = useCallback<UrlState["set"]>((changes, options) => {
    const here = new URL(window.location.href);
    navigate(here.pathname + withQuery(here.searchParams, changes), options);
  }, []);
  return useMemo(
    () => ({ text: (key, fallback = "") => query.get(key) ?? fallback, list: (key) => query.getAll(key), set }),
    [query, set],
  );
}
