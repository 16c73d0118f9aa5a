/** What is unfolded on a page, in its address. */
import { useCallback, useMemo } from "react";
import { useUrlState } from "./state";

/** Whether a part of the page that is cut short at first shows all of itself, and how to change that. */
export function useUnfolded(part: string): [boolean, (unfolded: boolean) => void] {
  const url = useUrlState();
  const parts = url.list("more");
  const set = (unfolded: boolean) => {
    if (unfolded !== parts.includes(part)) url.set({ more: unfolded ? [...parts, part] : parts.filter((one) => one !== part) }, { replace: true });
  };
  return [parts.includes(part), set];
}

const ALL = "all";

/** Which of these are unfolded: those in `open`, or where that is `all`, all but those in `fold`. */
export function unfoldedOf(ids: readonly string[], open: readonly string[], fold: readonly string[]): Set<string> {
  if (!open.includes(ALL)) return new Set(open);
  const folded = new Set(fold);
  return new Set(ids.filter((id) => !folded.has(id)));
}

/** The shorter way to say which of these are unfolded. */
export function foldingOf(ids: readonly string[], unfolded: ReadonlySet<string>): { open: string[]; fold: string[] } {
  const folded = ids.filter((id) => !unfolded.has(id));
  const open = ids.filter((id) => unfolded.has(id));
  return open.length > 0 && folded.length < open.length ? { open: [ALL], fold: folded } : { open, fold: [] };
}

/** The things of a page that fold one by one. */
export function useFolding(ids: readonly string[]): { open: ReadonlySet<string>; toggle: (id: string) => void; all: (unfolded: boolean) => void } {
  const url = useUrlState();
  const [opened, folded] = [url.list("open").join("\n"), url.list("fold").join("\n")];
  const open = useMemo(() => unfoldedOf(ids, opened === "" ? [] : opened.split("\n"), folded.split("\n")), [ids, opened, folded]);
  const { set } = url;
  const toggle = useCallback(
    (id: string) => {
      const next = new Set(open);
      if (!next.delete(id)) next.add(id);
      set(foldingOf(ids, next), { replace: true });
    },
    [ids, open, set],
  );
  const all = useCallback((unfolded: boolean) => set({ open: unfolded ? [ALL] : null, fold: null }, { replace: true }), [set]);
  return { open, toggle, all };
}
