/** The chosen rows: in the address while they are few enough for one. */
import { useCallback, useMemo, useState } from "react";
import { useUrlState } from "@/router/state";

const MOST_IN_ADDRESS = 100;

export interface Selection {
  ids: ReadonlySet<string>;
  change: (ids: readonly string[], on: boolean) => void;
  clear: () => void;
}

export function useSelection(): Selection {
  const url = useUrlState();
  const [large, setLarge] = useState<ReadonlySet<string> | null>(null);
  const listed = url.list("sel").join(" ");
  const ids = useMemo(() => large ?? new Set(listed === "" ? [] : listed.split(" ")), [large, listed]);
  const put = useCallback(
    (next: ReadonlySet<string>) => {
      const fits = next.size <= MOST_IN_ADDRESS;
      setLarge(fits ? null : next);
      url.set({ sel: fits ? [...next] : null }, { replace: true });
    },
    [url],
  );
  const change = useCallback(
    (changed: readonly string[], on: boolean) => {
      const next = new Set(ids);
      for (const id of changed) {
        if (on) next.add(id);
        else next.delete(id);
      }
      put(next);
    },
    [ids, put],
  );
  return { ids, change, clear: useCallback(() => put(new Set()), [put]) };
}
