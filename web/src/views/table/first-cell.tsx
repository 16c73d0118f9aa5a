/** What names a row: the model's name, or what it is, with the beginning of its id. */
import type { Kind } from "@/api/queries";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import type { GridColumn, GridRow } from "@/table/grid";
import { modelWord } from "@/ui/parts";

/** What is said about it under the pointer. */
export const nameAndId = (value: unknown, id: string): string => (typeof value === "string" && value !== "" ? `${value} · ${id}` : id);

export function FirstCell({ kind, id, value, row, grid }: { kind: Kind; id: string; value: unknown; row: GridRow; grid: readonly GridColumn[] }) {
  const href = kind === "models" ? to.model(id) : to.run(id);
  const text = (key: string): string | null => {
    const found = row.cells[grid.findIndex((column) => column.key === key)];
    return typeof found === "string" && found !== "" ? found : null;
  };
  const name = typeof value === "string" && value !== "" ? value : null;
  const steps = text("steps");
  // Where all are pipelines there is no column that says so.
  const word = kind === "models" ? modelWord({ name, type: text("type") ?? (steps ? "Pipeline" : (name ?? id)), steps: steps ? [steps] : [] }).text : (name ?? id);
  return (
    <div className="row-name">
      <Link className="ellipsis" href={href} tabIndex={-1}>
        {word}
      </Link>
      <span className="mono faint">{id.slice(2, 6)}</span>
    </div>
  );
}
