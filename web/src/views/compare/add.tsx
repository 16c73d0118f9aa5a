/** One more beside those that are compared: the best to begin with, or found by a part of its name or id. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { fetchTable, type Kind } from "@/api/queries";
import { literal } from "@/lib/filter";
import { metric, shortId } from "@/lib/format";
import { madeOf, modelName } from "@/ui/parts";
import { MenuItem, Pop } from "@/ui/pop";
import { Problem } from "@/ui/states";

const MOST_COMPARED = 20;
const OFFERED = 30;

export function Add({ of, project, ids, onAdd }: { of: Kind; project: string | null; ids: readonly string[]; onAdd: (id: string) => void }) {
  if (ids.length >= MOST_COMPARED) return null;
  const text = of === "models" ? "Add a model" : "Add a run";
  return (
    <Pop label={text} text={text} icon="plus">
      {(close) => <Offered of={of} project={project} ids={ids} onPick={(id) => (close(), onAdd(id))} />}
    </Pop>
  );
}

function Offered({ of, project, ids, onPick }: { of: Kind; project: string | null; ids: readonly string[]; onPick: (id: string) => void }) {
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed.trim());
  const { data, error } = useQuery({
    queryKey: [of, "offered", project, wanted],
    queryFn: ({ signal }) => fetchTable(of, { project, filter: wanted === "" ? null : literal(wanted), limit: OFFERED + MOST_COMPARED }, signal),
    placeholderData: keepPreviousData,
  });
  const offered = (data?.ids ?? []).map((id, at) => {
    const field = (key: string | null): unknown => data!.rows[at]![data!.columns.findIndex((column) => column.key === key)];
    const text = (key: string): string => String(field(key) ?? "");
    const steps = text("steps") === "" ? [] : [text("steps")];
    // Where all have the same type there is no column that says so.
    const model = { model_id: id, name: text("name"), type: text("type") || (steps.length > 0 ? "Pipeline" : text("name") || shortId(id)), steps };
    const measured = field(data!.main_metric);
    return { id, name: of === "models" ? modelName(model) : model.name || shortId(id), what: of === "models" ? madeOf(model) : shortId(id), end: typeof measured === "number" ? metric(measured) : undefined };
  });
  const others = offered.filter((one) => !ids.includes(one.id)).slice(0, OFFERED);
  return (
    <div style={{ width: 340, maxWidth: "100%" }}>
      <div style={{ padding: 4 }}>
        <input className="field" style={{ width: "100%" }} aria-label="Search" placeholder="Name, type, step or id" value={typed} onChange={(event) => setTyped(event.target.value)} />
      </div>
      {others.map((one) => (
        <MenuItem key={one.id} end={one.end} onClick={() => onPick(one.id)}>
          {one.name} <span className="muted">{one.what}</span>
        </MenuItem>
      ))}
      {error && <Problem error={error} />}
      {data && others.length === 0 && <p className="muted small title">No other is like that.</p>}
    </div>
  );
}
