import { Dialog } from "@/ui/dialog";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl K", "Find a project, model, run or dataset"],
  ["/", "Go to the filter or search field"],
  ["g p · g s", "Projects · SQL console"],
  ["g m · g r · g c", "Models · Runs · Charts of the project"],
  ["g e · g d", "Examples · Data of the project"],
  ["↑ ↓ ← →", "Move in a table; Page Up and Page Down by a screen, Home and End to the ends"],
  ["Space", "Select the row; with Shift, everything since the last"],
  ["Ctrl A", "Select all rows the filter leaves"],
  ["Enter", "Open the row; on a heading, sort by it"],
  ["f", "Filter by the value under the cursor"],
  ["c", "Compare what is selected"],
  ["← → in a chart", "Move from point to point; Enter opens it"],
  ["+ − 0 in a graph", "Zoom in, out, fit; arrows move"],
  ["Ctrl Enter", "Run the query in the console"],
  ["Esc", "Close; clear the selection; leave the filter"],
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="facts">
        {KEYS.map(([keys, what]) => (
          <div key={keys} style={{ display: "contents" }}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
