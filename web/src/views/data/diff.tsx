/** Which columns changed between two datasets, and how their statistics moved. */
import { useDatasetDiff } from "@/api/queries";
import type { ColumnChange, DatasetColumn } from "@/api/types";
import { number, signed } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Card, DatasetLink, Head, When } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { Shape, useShapes } from "./column-list";

const TONES: Record<string, string> = { changed: "warn", added: "good", removed: "bad", renamed: "accent", moved: "accent", same: "" };

export function DatasetDiff({ params }: { params: { a: string; b: string } }) {
  const url = useUrlState();
  const diff = useDatasetDiff(params.a, params.b);
  const all = url.text("all") === "1";
  const [before, after] = [useShapes(diff.data?.a), useShapes(diff.data?.b)];
  return (
    <>
      <Head crumbs={[["Projects", to.projects()], ["Dataset", to.dataset(params.b)]]} title="What changed">
        <CopyMenu sql={diff.data?.sql} />
      </Head>
      <div className="page stack">
        <Answer of={diff}>
          {({ a, b, columns, same_rows, identical }) => (
            <>
              <div className="row wrap">
                <span className="badge">before</span> <DatasetLink dataset={a} /> <span className="muted small">{number(a.n_rows)} × {number(a.n_columns)}, <When at={a.created_at} /></span>
                <span className="muted">→</span>
                <span className="badge">after</span> <DatasetLink dataset={b} /> <span className="muted small">{number(b.n_rows)} × {number(b.n_columns)}, <When at={b.created_at} /></span>
                <Link className="btn small" href={`/data/${params.b}/diff/${params.a}`}>
                  Swap
                </Link>
                <label className="check" style={{ marginLeft: "auto" }}>
                  <input type="checkbox" checked={all} onChange={() => url.set({ all: all ? null : "1" })} /> unchanged columns too
                </label>
              </div>
              <p className="notice">
                {identical ? "They are identical." : `${Object.entries(counted(columns)).map(([change, n]) => `${n} ${change}`).join(", ")}.`}
                {same_rows === true && !identical && " The rows are the same, up to their order."}
              </p>
              <Card flush title={undefined}>
                <div className="scroll-x">
                  <table className="table">
                    <thead>
                      <tr>
                        {["column", "", "type", "before", "after", "mean", "std", "distinct", "missing"].map((name, index) => (
                          <th key={index} scope="col" className={index > 4 ? "num" : ""}>
                            {name}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {columns.filter((one) => all || one.change !== "same").map((one) => (
                        <Line key={`${one.name} ${one.change}`} of={one} before={before} after={after} />
                      ))}
                    </tbody>
                  </table>
                </div>
              </Card>
            </>
          )}
        </Answer>
      </div>
    </>
  );
}

function counted(columns: ColumnChange[]): Record<string, number> {
  const out: Record<string, number> = {};
  for (const one of columns) out[one.change] = (out[one.change] ?? 0) + 1;
  return out;
}

type Shapes = ReturnType<typeof useShapes>;

function Line({ of, before, after }: { of: ColumnChange; before: Shapes; after: Shapes }) {
  const { a, b } = of;
  return (
    <tr>
      <th scope="row">
        {of.name}
        {of.change === "renamed" && a && b && <span className="muted small"> was {a.name}</span>}
      </th>
      <td>
        <span className={`badge ${TONES[of.change] ?? ""}`}>{of.change}</span>
      </td>
      <td className="muted">{a && b && a.dtype !== b.dtype ? `${a.dtype} → ${b.dtype}` : (b ?? a)?.dtype}</td>
      <td style={{ width: 130 }}>{a && <Shape name={a.name} of={before(a.position)} />}</td>
      <td style={{ width: 130 }}>{b && <Shape name={b.name} of={after(b.position)} />}</td>
      {(["mean", "std", "n_distinct", "n_null"] as const).map((key) => (
        <td key={key} className="num">
          <Moved a={a} b={b} of={key} />
        </td>
      ))}
    </tr>
  );
}

function Moved({ a, b, of }: { a: DatasetColumn | null; b: DatasetColumn | null; of: "mean" | "std" | "n_distinct" | "n_null" }) {
  const [before, after] = [a?.[of] ?? null, b?.[of] ?? null];
  if (before === null && after === null) return <span className="null">–</span>;
  if (before === null || after === null || before === after) return <>{number(after ?? before)}</>;
  return (
    <span title={`${before} → ${after}`}>
      {number(after)} <span className="muted small">{signed(Number((after - before).toPrecision(3)))}</span>
    </span>
  );
}
