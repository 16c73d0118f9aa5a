/** How many rows somebody hid, and a way to see them: under a table and beside charts of the same rows. */
import { number } from "@/lib/format";
import type { TableState } from "./state";

export function HiddenHint({ n, state }: { n: number; state: TableState }) {
  if (state.hidden) {
    return (
      <button type="button" className="btn quiet small" onClick={() => state.url.set({ hidden: null })}>
        Hidden ones are shown: leave them out
      </button>
    );
  }
  if (n === 0) return null;
  return (
    <button type="button" className="btn quiet small" onClick={() => state.url.set({ hidden: "1" })}>
      {number(n)} hidden: show
    </button>
  );
}
