/** The lines of the comparison that hold what was chosen and what is known: hyperparameters and facts. */
import type { ReactNode } from "react";
import type { CompareRow } from "@/api/types";
import { bytes, date, duration, nested, shortId, value } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { CopyButton } from "@/ui/copy";

interface RowsProps {
  title: string;
  of: readonly CompareRow[];
  onlyDiffering: boolean;
  /** Part of a name: shows all rows that have it, whether they differ or not. */
  find: string;
  width: number;
}

export function Rows({ title, of, onlyDiffering, find, width }: RowsProps) {
  const shown = find !== "" ? of.filter((row) => row.name.toLowerCase().includes(find.toLowerCase())) : onlyDiffering ? of.filter((row) => row.differs && !isQuiet(row)) : of;
  const same = of.filter((row) => !row.differs).length;
  const defaults = of.filter((row) => row.differs && isQuiet(row)).length;
  return (
    <tbody>
      <SectionHead text={title} width={width} />
      {shown.map((row) => (
        <tr key={row.name} className={row.differs ? "lit" : ""}>
          <th scope="row" title={row.name}>
            <Name of={row.name} />
          </th>
          {row.values.map((one, index) => (
            <td key={index} className={row.is_default[index] ? "muted" : ""} style={{ overflowWrap: "anywhere" }}>
              {factText(row.name, one)}
            </td>
          ))}
        </tr>
      ))}
      {shown.length === 0 && (
        <tr>
          <td colSpan={width + 1} className="muted">
            {of.length === 0 ? "None." : find !== "" ? "None has this name." : "No difference."}
          </td>
        </tr>
      )}
      {find === "" && onlyDiffering && same + defaults > 0 && (
        <tr>
          <td colSpan={width + 1} className="muted small">
            {[same > 0 && `${same} more are the same`, defaults > 0 && `${defaults} exist in some only, at their defaults`].filter(Boolean).join("; ")}
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** A hyperparameter that only some of the models have, at its default, is no news of its own. */
function isQuiet(row: CompareRow): boolean {
  return row.is_default.length > 0 && row.values.every((one, index) => one === null || row.is_default[index] === true);
}

/** The last part of a nested name, and beside it whose it is. */
function Name({ of }: { of: string }) {
  const { path, leaf } = nested(of);
  if (path === "") return <div className="ellipsis">{leaf}</div>;
  return (
    <div className="nested-name">
      <span>{leaf}</span>
      <span className="path">
        <bdi dir="ltr">{path}</bdi>
      </span>
      <CopyButton text={of} what={of} />
    </div>
  );
}

export function SectionHead({ text, width }: { text: string; width: number }) {
  return (
    <tr>
      <th scope="rowgroup" colSpan={width + 1} style={{ background: "var(--bg-sunken)", paddingTop: 6 }}>
        <b style={{ color: "var(--ink)" }}>{text}</b>
      </th>
    </tr>
  );
}

function factText(name: string, of: unknown): ReactNode {
  if (of === null || of === undefined) return <span className="null">–</span>;
  if (typeof of === "number") {
    if (of > 1e9 && / at$|_at$|when/i.test(name)) return date(of);
    if (/seconds|duration|_s$/.test(name)) return duration(of);
    if (/^size|bytes/.test(name)) return bytes(of);
  }
  if (typeof of === "string" && /^[0-9a-f]{20,}$/.test(of)) {
    return (
      <span className="mono" title={of}>
        {of.slice(0, 10)}
      </span>
    );
  }
  if (typeof of === "string" && /^[mrd]-[0-9a-f]{8,}$/.test(of)) {
    return (
      <Link className="mono" href={of.startsWith("m-") ? to.model(of) : of.startsWith("r-") ? to.run(of) : to.dataset(of)}>
        {shortId(of)}
      </Link>
    );
  }
  return value(of);
}
