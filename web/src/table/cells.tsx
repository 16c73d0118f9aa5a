/** How a value of the tables of models and runs looks. */
import type { ChartData, TableColumn } from "@/api/types";
import { ago, bytes, cell as cellText, date, duration, metric, number, plain, shortId } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { Status } from "@/ui/parts";
import type { CSSProperties, ReactNode } from "react";

const WIDTHS: Record<string, number> = { name: 210, type: 170, steps: 300, qualified_type: 240, created_at: 96, started_at: 96, status: 88, run_id: 96, script: 160, run: 130, run_name: 130 };

export function columnWidth(column: TableColumn): number {
  const known = WIDTHS[column.key];
  if (known) return known;
  // Room for the arrow of a sorted column.
  const title = 40 + titleOf(column).length * 6.9;
  const least = column.type === "number" ? 84 : column.type === "text" || column.type === "json" ? 110 : 92;
  const longest = column.values.reduce((most, { value }) => Math.max(most, cellText(value, column.type).length), 0);
  return Math.round(Math.min(220, Math.max(least, title, longest * 7 + 24)));
}

export function titleOf(column: Pick<TableColumn, "key" | "name" | "kind">): string {
  // `mean:metric.accuracy`, of groups.
  if (column.kind === "aggregate") return column.name.replace(/:(metric|param|tag|feature)\./, " ").replace(":", " ");
  if (column.kind !== "field") return column.name;
  return TITLES[column.key] ?? column.name.replaceAll("_", " ");
}

/** Chart data whose fields are called what the table calls them. */
export const titled = (data: ChartData): ChartData => ({ ...data, columns: data.columns.map((column) => ({ ...column, name: titleOf(column) })) });

const TITLES: Record<string, string> = {
  steps: "made of",
  created_at: "created",
  started_at: "started",
  ended_at: "ended",
  duration_s: "duration",
  fit_s: "fit time",
  n_models: "models",
  n_features: "features",
  n_actions: "actions",
  run_id: "run",
  model_id: "id",
  train_dataset_id: "trained on",
  git_commit: "commit",
};

export const isRight = (column: Pick<TableColumn, "type">): boolean => ["number", "duration", "bytes"].includes(column.type);

/** A cell of any column but the first. `share` draws a bar behind a number, 0 to 1. */
export function Cell({ column, value, share }: { column: TableColumn; value: unknown; share: number | null }): ReactNode {
  if (value === null || value === undefined) return <span className="null t">–</span>;
  if (column.key === "status") return <Status of={String(value)} />;
  if (column.type === "id" && typeof value === "string") {
    const href = hrefOf(value);
    return href ? (
      <Link className="mono" href={href}>
        {shortId(value)}
      </Link>
    ) : (
      <span className="mono t">{shortId(value)}</span>
    );
  }
  if (typeof value === "number") {
    const text = column.type === "time" ? ago(value) : column.type === "duration" ? duration(value) : column.type === "bytes" ? bytes(value) : column.kind === "metric" ? metric(value) : column.kind === "param" ? plain(value) : number(value);
    return (
      <span className={share === null ? "t" : "t bar"} style={share === null ? undefined : shareStyle(share)}>
        {text}
      </span>
    );
  }
  return <span className="t">{cellText(value, column.type)}</span>;
}

/** A value in full, for where a cell shows less of it. */
export function inFull(column: TableColumn, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return column.type === "time" ? date(value) : String(value);
  return column.type === "id" ? String(value) : cellText(value, column.type);
}

const shareStyle = (share: number) => ({ "--share": `${(100 * share).toFixed(1)}%` }) as CSSProperties;

function hrefOf(id: string): string | null {
  if (id.startsWith("m-")) return to.model(id);
  if (id.startsWith("r-")) return to.run(id);
  if (id.startsWith("d-")) return to.dataset(id);
  return null;
}
