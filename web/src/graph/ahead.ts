import { useEffect } from "react";
import { whenIdle } from "@/lib/idle";

const LOOKED_AT_MS = 1000;

/** Starts what lays graphs out while the page that links to one is looked at: it takes a second to get going. */
export function useLayoutAhead(): void {
  useEffect(() => {
    const start = () => void import("./layout").then((graph) => graph.startLayout(), () => undefined);
    let stop = () => clearTimeout(timer);
    const timer = setTimeout(() => (stop = whenIdle(start)), LOOKED_AT_MS);
    return () => stop();
  }, []);
}
