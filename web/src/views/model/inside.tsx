/** What the model is made of: what the index found, and its arrays. */
import type { ModelDetail } from "@/api/types";
import { bytes, number, value } from "@/lib/format";
import { useUnfolded } from "@/router/unfolding";
import { Card, Facts } from "@/ui/parts";

/** So many parts are shown without asking. */
const FEW = 12;

export function Inside({ model }: { model: ModelDetail }) {
  const [all, setAll] = useUnfolded("parts");
  const facts = Object.entries(model.summary);
  const few = model.parts.length <= FEW;
  if (facts.length === 0 && model.parts.length === 0) return null;
  return (
    <Card title="Inside" actions={<span className="muted small">{number(model.n_parts)} parts</span>}>
      <div className="stack">
        {facts.length > 0 && <Facts of={facts.map(([name, of]) => [name.replaceAll("_", " "), <Nested key={name} of={of} />] as const)} />}
        {model.parts.length > 0 && (
          <details open={few || all} onToggle={(event) => !few && setAll(event.currentTarget.open)}>
            <summary className="small">Arrays and parts</summary>
            <div className="scroll-x">
              <table className="table">
                <thead>
                  <tr>
                    {["path", "type", "shape", "size", "min", "mean", "max", "norm"].map((name, index) => (
                      <th key={name} scope="col" className={index > 2 ? "num" : ""}>
                        {name}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {model.parts.map((part) => (
                    <tr key={part.path}>
                      <th scope="row" className="mono">
                        {part.path || "·"}
                      </th>
                      <td>{part.dtype ?? part.type}</td>
                      <td className="mono">{part.shape}</td>
                      <td className="num">{bytes(part.size_bytes)}</td>
                      <td className="num">{number(part.min)}</td>
                      <td className="num">{number(part.mean)}</td>
                      <td className="num">{number(part.max)}</td>
                      <td className="num">{number(part.norm)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </details>
        )}
      </div>
    </Card>
  );
}

function Nested({ of }: { of: unknown }) {
  if (typeof of === "object" && of !== null && !Array.isArray(of) && !("type" in of)) {
    return <Facts of={Object.entries(of).map(([name, inner]) => [name.replaceAll("_", " "), value(inner)] as const)} />;
  }
  return <>{value(of)}</>;
}
