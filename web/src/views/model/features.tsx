/** What the model looks at: importances, or coefficients with their sign. */
import { useState } from "react";
import type { ModelDetail } from "@/api/types";
import { number } from "@/lib/format";
import { Bars } from "@/plot/bars";
import { Card, Segmented } from "@/ui/parts";

const FIRST = 15;

export function FeaturesCard({ model }: { model: ModelDetail }) {
  const [all, setAll] = useState(false);
  const hasImportance = model.features.some((feature) => feature.importance !== null);
  const hasCoefficient = model.features.some((feature) => feature.coefficient !== null);
  const [kind, setKind] = useState<"importance" | "coefficient">(hasImportance ? "importance" : "coefficient");
  if (model.features.length === 0) return null;
  const weighed = model.features.filter((feature) => feature[kind] !== null).sort((a, b) => Math.abs(b[kind]!) - Math.abs(a[kind]!));
  const shown = all ? weighed : weighed.slice(0, FIRST);
  return (
    <Card
      title={weighed.length === 0 ? `Features (${number(model.features.length)})` : kind === "importance" ? "Feature importances" : "Coefficients"}
      actions={hasImportance && hasCoefficient && <Segmented label="Shown" value={kind} options={[["importance", "Importance"], ["coefficient", "Coefficient"]]} onChange={setKind} />}
    >
      {weighed.length > 0 ? (
        <Bars rows={shown.map((feature) => ({ name: feature.name, value: feature[kind]!, title: `column ${feature.position}` }))} />
      ) : (
        <p className="small">{model.features.map((feature) => feature.name).slice(0, all ? undefined : 60).join(", ")}</p>
      )}
      {weighed.length > FIRST && (
        <button type="button" className="btn quiet small" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${number(weighed.length)}`}
        </button>
      )}
    </Card>
  );
}
