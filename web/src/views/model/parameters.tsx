/** Hyperparameters, those somebody chose first; what belongs to a step of a pipeline stands below the step. */
import type { Parameter } from "@/api/types";
import { value } from "@/lib/format";
import { useUnfolded } from "@/router/unfolding";
import { Card } from "@/ui/parts";

export function Parameters({ of }: { of: readonly Parameter[] }) {
  const [all, setAll] = useUnfolded("defaults");
  const chosen = of.filter((one) => !one.is_default);
  const rest = of.filter((one) => one.is_default);
  return (
    <Card title="Hyperparameters" flush actions={<span className="muted small">{chosen.length} chosen</span>}>
      <Rows of={chosen} />
      {chosen.length === 0 && <p className="muted small" style={{ padding: "8px 12px" }}>All at their defaults.</p>}
      {rest.length > 0 && (
        <details open={all} onToggle={(event) => setAll(event.currentTarget.open)} style={{ padding: "6px 12px" }}>
          <summary className="small">{rest.length} at their defaults</summary>
          <Rows of={rest} />
        </details>
      )}
    </Card>
  );
}

function Rows({ of }: { of: readonly Parameter[] }) {
  return (
    <table className="table fixed">
      <tbody>
        {tree(of).map(({ parameter, label, depth }) => (
          <tr key={parameter.name}>
            <th scope="row" className="ellipsis" title={parameter.name} style={{ paddingLeft: 12 + depth * 12 }}>
              {label}
            </th>
            <td className="mono" style={{ overflowWrap: "anywhere" }}>
              {value(parameter.value)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export interface Branch {
  parameter: Parameter;
  /** The name without that of the step it belongs to. */
  label: string;
  depth: number;
}

/** Parameters in the order of a tree: `svc`, below it `svc__C` as `C`. */
export function tree(of: readonly Parameter[]): Branch[] {
  const names = new Set(of.map((one) => one.name));
  const path = (name: string): string[] => name.split("__");
  const sorted = [...of].sort((a, b) => compare(path(a.name), path(b.name)));
  return sorted.map((parameter) => {
    const parts = path(parameter.name);
    const above = parts.map((_, index) => parts.slice(0, index).join("__")).filter((name) => name !== "" && names.has(name));
    const nearest = above.at(-1);
    return { parameter, label: nearest === undefined ? parameter.name : parameter.name.slice(nearest.length + 2), depth: above.length };
  });
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a[at] !== b[at]) return a[at]! < b[at]! ? -1 : 1;
  }
  return a.length - b.length;
}

/** Whether a hyperparameter is itself an estimator, by its type or the name of its class. */
export function isEstimator(of: unknown): boolean {
  return (typeof of === "object" && of !== null && "type" in of) || (typeof of === "string" && /^([a-z_]\w*\.)+[A-Z]\w*$/.test(of));
}
