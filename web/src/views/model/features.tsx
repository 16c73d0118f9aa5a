/** What the model looks at: importances, or coefficients with their sign. */
import type { ModelDetail } from "@/api/types";
import { number } from "@/lib/format";
import { Bars } from "@/plot/bars";
import { useUrlState } from "@/router/state";
import { useUnfolded } from "@/router/unfolding";
import { Card, Segmented } from "@/ui/parts";

const FIRST = 15;

export function FeaturesCard({ model }: { model: ModelDetail }) {
  const url = useUrlState();
  const [all, setAll] = useUnfolded("features");
  const hasImportance = model.features.some((feature) => feature.importance !== null);
  const hasCoefficient = model.features.some((feature) => feature.coefficient !== null);
  const kind = hasImportance && !(hasCoefficient && url.text("features") === "coefficient") ? "importance" : "coefficient";
  if (model.features.length === 0) return null;
  const weighed = model.features.filter((feature) => feature[kind] !== null).sort((a, b) => Math.abs(b[kind]!) - Math.abs(a[kind]!));
  const shown = all ? weighed : weighed.slice(0, FIRST);
  return (
    <Card
      title={weighed.length === 0 ? `Features (${number(model.features.length)})` : kind === "importance" ? "Feature importances" : "Coefficients"}
      actions={hasImportance && hasCoefficient && <Segmented label="Shown" value={kind} options={[["importance", "Importance"], ["coefficient", "Coefficient"]]} onChange={(next) => url.set({ features: next === "coefficient" ? next : null }, { replace: true })} />}
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
