/** How good each model is on parts of the data: by the values or ranges of one column. */
import type { ExampleTable } from "@/api/types";
import { metric, number } from "@/lib/format";
import { categorical } from "@/plot/colors";
import { Dot } from "@/plot/legend";
import { Select, modelName } from "@/ui/parts";
import { useDark } from "@/ui/theme";

export function Slices({ data, onSlice }: { data: ExampleTable; onSlice: (column: string | null) => void }) {
  const dark = useDark();
  const top = Math.max(...data.slices.flatMap((slice) => slice.accuracy.map((one) => one ?? 0)), data.slice_metric === "accuracy" ? 1 : 1e-300);
  return (
    <aside className="drawer" aria-label="Slices">
      <div className="stack">
        <div className="row">
          <h2 className="grow">Slices</h2>
          <Select hideLabel label="Slice by" value={data.slice_column ?? ""} options={[{ value: "", text: "Slice by…" }, ...data.columns.map((column) => ({ value: column, text: column }))]} onChange={(column) => onSlice(column || null)} />
        </div>
        {data.slices.length > 0 ? (
          <>
            <p className="muted small" style={{ overflowWrap: "anywhere" }}>{data.slice_metric} by {data.slice_column}{data.slice_metric === "accuracy" ? "" : ", shorter is better"}</p>
            <div className="legend">
              {data.models.map((model, index) => (
                <span key={model.model_id} className="key">
                  <Dot color={categorical(index, dark)} /> {String.fromCharCode(65 + index)} {modelName(model)}
                </span>
              ))}
            </div>
            {data.slices.map((slice) => (
              <div key={slice.value}>
                <div className="row spread small">
                  <b className="ellipsis">{slice.value}</b>
                  <span className="muted">{number(slice.count)}</span>
                </div>
                {slice.accuracy.map((one, index) => (
                  <div key={index} className="row" style={{ gap: 8 }}>
                    <span className="meter grow">
                      {one !== null && <i style={{ width: `${(one / top) * 100}%`, background: categorical(index, dark) }} />}
                    </span>
                    <span className="num small" style={{ width: 52 }}>
                      {metric(one)}
                    </span>
                  </div>
                ))}
              </div>
            ))}
          </>
        ) : (
          <p className="muted small">{data.columns.length > 0 ? "Choose a column, or click its heading, to see where each model is weak." : "Slices need the rows' values, which are not kept for this dataset."}</p>
        )}
      </div>
    </aside>
  );
}
