/** Small horizontal bars with names, drawn as HTML so that they can be read, copied and tabbed through. */
import { number } from "@/lib/format";

export interface BarRow {
  name: string;
  value: number;
  text?: string;
  title?: string;
}

export function Bars({ rows, onPick, unit }: { rows: readonly BarRow[]; onPick?: (name: string) => void; unit?: string }) {
  const most = Math.max(...rows.map((row) => Math.abs(row.value)), Number.MIN_VALUE);
  return (
    <table className="table bars">
      <tbody>
        {rows.map((row) => (
          <tr key={row.name} title={row.title}>
            <th scope="row" className="ellipsis">
              {onPick ? (
                <button type="button" className="btn quiet small" onClick={() => onPick(row.name)}>
                  {row.name}
                </button>
              ) : (
                row.name
              )}
            </th>
            <td style={{ width: "55%" }}>
              <span className="meter">
                <i className={row.value < 0 ? "neg" : ""} style={{ width: `${(Math.abs(row.value) / most) * 100}%` }} />
              </span>
            </td>
            <td className="num">
              {row.text ?? number(row.value)}
              {unit}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A histogram as small as a word. One path, since a table may hold a thousand of them. */
export function Spark({ counts, label }: { counts: readonly number[]; label: string }) {
  return (
    <svg className="hist" viewBox="0 0 100 34" preserveAspectRatio="none" role="img" aria-label={label}>
      <title>{label}</title>
      <path d={sparkPath(counts)} />
    </svg>
  );
}

/** The outline of bars over 100 by 34; what there is little of can still be seen. */
export function sparkPath(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const width = 100 / Math.max(1, counts.length);
  const bar = Math.max(0.5, width - 0.6);
  let path = "";
  counts.forEach((count, index) => {
    if (count === 0) return;
    const height = Math.max(1, (count / most) * 33);
    path += `M${round(index * width)} 34v${round(-height)}h${round(bar)}V34z`;
  });
  return path;
}

const round = (value: number): number => Math.round(value * 100) / 100;
