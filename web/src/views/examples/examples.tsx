/** The rows of a dataset with what each model said about them. */
import { useEffect, useState } from "react";
import { useDatasets, useExamples } from "@/api/queries";
import type { DatasetBrief, ExamplePrediction, ExampleTable, ModelBrief } from "@/api/types";
import { number, plural, shortId, value } from "@/lib/format";
import { to } from "@/router/router";
import { useUrlState, type UrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { DatasetLink, datasetName, Head, ModelLink, Select, modelName } from "@/ui/parts";
import { MenuItem, Pop } from "@/ui/pop";
import { Answer, Empty, Failure, Loading } from "@/ui/states";
import { History } from "./history";
import { Slices } from "./slices";

const PAGE = 100;
const SHOW: readonly (readonly [string, string])[] = [
  ["all", "All"],
  ["disagree", "They disagree"],
  ["a_right_b_wrong", "A right, B wrong"],
  ["a_wrong_b_right", "A wrong, B right"],
  ["all_wrong", "All wrong"],
  ["any_wrong", "Any wrong"],
  ["all_right", "All right"],
];

export function Examples({ params }: { params: { project?: string } }) {
  const url = useUrlState();
  const project = params.project ?? null;
  const sets = useDatasets({ project, sort: "-last_used", limit: 200 });
  const judged = (sets.data?.datasets ?? []).filter((row) => row.n_judged > 0);
  const chosen = url.text("dataset") || judged[0]?.dataset.dataset_id || null;
  const models = url.list("model");
  const show = url.text("show", "all");
  const offset = Number(url.text("from", "0")) || 0;
  const answer = useExamples(chosen, { models, show, slice: url.text("slice"), offset, limit: PAGE });
  const rowText = url.text("row");
  useEffect(() => {
    document.title = "Examples · ModelDB";
  }, []);
  return (
    <>
      <Head crumbs={[["Projects", to.projects()], ...(project ? ([[project, to.models(project)]] as const) : [])]} title="Examples" after={answer.data?.dataset && <DatasetLink dataset={answer.data.dataset} />}>
        <CopyMenu sql={answer.data?.sql} />
      </Head>
      {chosen === null ? (
        sets.data ? <NoExamples /> : sets.error ? <Failure error={sets.error} retry={() => void sets.refetch()} /> : <Loading />
      ) : (
        <>
          <Toolbar url={url} chosen={chosen} judged={judged.map((row) => row.dataset)} data={answer.data} show={show} models={models} />
          <Answer of={answer} lines={14}>
            {(data) =>
              data.available ? (
                <div className="with-drawer">
                  <div className="grow" style={{ display: "flex", flexDirection: "column", minHeight: 0 }}>
                    <Table data={data} url={url} show={show} />
                    <Pager data={data} offset={offset} url={url} />
                  </div>
                  {rowText !== "" ? (
                    <History dataset={chosen} row={Number(rowText)} onClose={() => url.set({ row: null }, { replace: true })} />
                  ) : (
                    <Slices data={data} onSlice={(slice) => url.set({ slice }, { replace: true })} />
                  )}
                </div>
              ) : (
                <Empty title="Nothing to show example by example">
                  <p>{data.reason}</p>
                </Empty>
              )
            }
          </Answer>
        </>
      )}
    </>
  );
}

function NoExamples() {
  return (
    <Empty title="No predictions are stored yet">
      <p>Predictions are kept when a recorded script calls predict on a dataset, or with:</p>
      <pre>run.log_predictions(model, dataset, y_pred, y_true)</pre>
    </Empty>
  );
}

interface ToolbarProps {
  url: UrlState;
  chosen: string;
  judged: DatasetBrief[];
  data: ExampleTable | undefined;
  show: string;
  models: string[];
}

function Toolbar({ url, chosen, judged, data, show, models }: ToolbarProps) {
  const picked = data?.models ?? [];
  const choose = (ids: string[]) => url.set({ model: ids, from: null });
  return (
    <div className="toolbar">
      <Select
        label="Dataset"
        value={chosen}
        options={[...judged.map((set) => ({ value: set.dataset_id, text: `${datasetName(set)} (${number(set.n_rows)} rows)` })), ...(judged.some((set) => set.dataset_id === chosen) ? [] : [{ value: chosen, text: data?.dataset ? datasetName(data.dataset) : shortId(chosen) }])]}
        onChange={(dataset) => url.set({ dataset, model: null, from: null, slice: null, row: null })}
      />
      {picked.map((model, index) => (
        <span key={model.model_id} className="chip accent">
          <b>{String.fromCharCode(65 + index)}</b> <ModelLink model={model} />
          {picked.length > 1 && (
            <button type="button" aria-label={`Leave out ${modelName(model)}`} onClick={() => choose(picked.filter((one) => one !== model).map((one) => one.model_id))}>
              <Icon name="close" size={11} />
            </button>
          )}
        </span>
      ))}
      {picked.length > 1 && (
        <button type="button" className="btn icon" aria-label="Swap A and B" title="Swap A and B" onClick={() => choose([picked[1]!, picked[0]!, ...picked.slice(2)].map((one) => one.model_id))}>
          <Icon name="swap" />
        </button>
      )}
      {data && data.candidates.length > picked.length && (
        <Pop label="Choose models" text={models.length === 0 ? "Choose models" : "Add a model"} icon="plus">
          {() => <ModelPicker candidates={data.candidates} picked={picked} onChange={choose} />}
        </Pop>
      )}
      <div className="segmented" role="group" aria-label="Which examples" style={{ marginLeft: "auto" }}>
        {SHOW.map(([key, text]) => {
          const needsTwo = /^a_|disagree/.test(key) && picked.length < 2;
          return (
            <button key={key} type="button" aria-pressed={show === key} disabled={needsTwo} title={needsTwo ? "Needs two models" : undefined} onClick={() => url.set({ show: key === "all" ? null : key, from: null })}>
              {text}
            </button>
          );
        })}
      </div>
    </div>
  );
}

function ModelPicker({ candidates, picked, onChange }: { candidates: ModelBrief[]; picked: ModelBrief[]; onChange: (ids: string[]) => void }) {
  const [search, setSearch] = useState("");
  const on = picked.map((model) => model.model_id);
  const found = candidates.filter((model) => `${modelName(model)} ${model.type} ${model.model_id} ${model.run_name ?? ""}`.toLowerCase().includes(search.toLowerCase()));
  return (
    <div style={{ width: 340 }}>
      <div style={{ padding: 4 }}>
        <input className="field" style={{ width: "100%" }} aria-label="Search models" placeholder="Search models" value={search} onChange={(event) => setSearch(event.target.value)} />
      </div>
      {found.slice(0, 100).map((model) => {
        const best = model.metrics[0];
        return (
          <MenuItem
            key={model.model_id}
            checked={on.includes(model.model_id)}
            disabled={!on.includes(model.model_id) && on.length >= 20}
            end={best ? number(best.value) : undefined}
            onClick={() => onChange(on.includes(model.model_id) ? on.filter((id) => id !== model.model_id) : [...on, model.model_id])}
          >
            {modelName(model)} <span className="muted">{model.name ? model.type : ""} {model.run_name}</span>
          </MenuItem>
        );
      })}
    </div>
  );
}

function Table({ data, url, show }: { data: ExampleTable; url: UrlState; show: string }) {
  if (data.rows.length === 0) {
    return (
      <Empty title={show === "all" ? "No rows" : "No example is like that"}>
        {show !== "all" && (
          <button type="button" className="btn" onClick={() => url.set({ show: null, from: null })}>
            Show all
          </button>
        )}
      </Empty>
    );
  }
  const hasLabels = data.rows.some((row) => row.label !== null);
  return (
    <div className="grow scroll-y" style={{ overflowX: "auto", minHeight: 0 }} tabIndex={0} role="region" aria-label="Examples">
      <table className="table examples">
        <thead style={{ position: "sticky", top: 0, zIndex: 2 }}>
          <tr>
            <th scope="col" className="num">row</th>
            {hasLabels && <th scope="col">label</th>}
            {data.models.map((model, index) => (
              <th key={model.model_id} scope="col" title={modelName(model)}>
                {String.fromCharCode(65 + index)} <span className="muted">{modelName(model).slice(0, 22)}</span>
              </th>
            ))}
            {data.columns.map((column) => (
              <th key={column} scope="col">
                <button type="button" className="btn quiet small" title="Slices by this column" onClick={() => url.set({ slice: column }, { replace: true })}>
                  {column}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row) => (
            <tr key={row.row} className={url.text("row") === String(row.row) ? "lit" : ""}>
              <td className="num">
                <button type="button" className="btn quiet small" title="What every model said about this example" onClick={() => url.set({ row: String(row.row) }, { replace: true })}>
                  {row.row}
                </button>
              </td>
              {hasLabels && <td>{value(row.label)}</td>}
              {row.predictions.map((one, index) => (
                <td key={index}>
                  <Prediction of={one} />
                </td>
              ))}
              {row.values.map((one, index) => (
                <td key={index} className={typeof one === "number" ? "num" : "ellipsis"} style={{ maxWidth: 180 }} title={typeof one === "string" ? one : undefined}>
                  {one === null ? <span className="null">–</span> : value(one)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Prediction({ of }: { of: ExamplePrediction | null }) {
  if (of === null) return <span className="null">–</span>;
  const sure = of.score && of.score.length > 0 ? Math.max(...of.score) : null;
  return (
    <span className={`pred ${of.correct === null ? "" : of.correct ? "ok" : "wrong"}`} title={of.score ? `scores ${of.score.map((score) => number(score, 3)).join(", ")}` : undefined}>
      {of.correct !== null && <Icon name={of.correct ? "check" : "close"} size={11} />}
      <span className="visually-hidden">{of.correct === null ? "" : of.correct ? "right:" : "wrong:"}</span>
      {value(of.prediction)}
      {sure !== null && sure <= 1 && <span className="muted small">{sure.toFixed(2)}</span>}
      {sure === null && of.loss !== null && <span className="muted small">±{number(of.loss, 3)}</span>}
    </span>
  );
}

function Pager({ data, offset, url }: { data: ExampleTable; offset: number; url: UrlState }) {
  return (
    <div className="statusbar">
      <span role="status">
        {plural(data.total, "example")}
        {data.total !== data.n_rows && ` of ${number(data.n_rows)}`}
      </span>
      {data.total > PAGE && (
        <>
          <button type="button" className="btn small" disabled={offset === 0} onClick={() => url.set({ from: String(Math.max(0, offset - PAGE)) })}>
            <Icon name="left" size={12} /> Before
          </button>
          <span>
            {number(offset + 1)}–{number(Math.min(data.total, offset + PAGE))}
          </span>
          <button type="button" className="btn small" disabled={offset + PAGE >= data.total} onClick={() => url.set({ from: String(offset + PAGE) })}>
            After <Icon name="right" size={12} />
          </button>
        </>
      )}
      {data.columns.length === 0 && <span>The rows' values are not kept; only predictions are shown. Keep them with run.log_dataset(df, name=…).</span>}
    </div>
  );
}
