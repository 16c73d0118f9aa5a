/** The rows of a dataset with what each model said about them. */
import { replaceEqualDeep } from "@tanstack/react-query";
import { memo, useEffect, useState } from "react";
import { useDatasets, useExamples } from "@/api/queries";
import type { DatasetBrief, ExamplePrediction, ExampleRow, ExampleTable, ModelBrief } from "@/api/types";
import { number, plural, said, shortId, signed, value } from "@/lib/format";
import { EXAMPLES_PAGE as PAGE, to } from "@/router/router";
import { useUrlState, type UrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { DatasetLink, datasetName, Head, ModelLink, OutputSelect, Select, madeOf, modelName } from "@/ui/parts";
import { MenuItem, Pop } from "@/ui/pop";
import { Answer, Empty, Failure, Loading } from "@/ui/states";
import { History } from "./history";
import { Slices } from "./slices";

const SHOW: readonly (readonly [string, string])[] = [
  ["all", "All"],
  ["disagree", "They disagree"],
  ["a_right_b_wrong", "A right, B wrong"],
  ["a_wrong_b_right", "A wrong, B right"],
  ["all_wrong", "All wrong"],
  ["any_wrong", "Any wrong"],
  ["all_right", "All right"],
];

/** What a choice is called for so many models. */
function textOf(key: string, text: string, models: number): string {
  if (models === 1) return { all_wrong: "Wrong", all_right: "Right" }[key] ?? text;
  return models === 2 ? text.replace(/^All (wrong|right)$/, "Both $1").replace("Any", "Either") : text;
}

export function Examples({ params }: { params: { project?: string } }) {
  const url = useUrlState();
  const project = params.project ?? null;
  const sets = useDatasets({ project, sort: "-last_used", limit: 200 });
  // What most models were judged on is what they can be compared on.
  const judged = (sets.data?.datasets ?? []).filter((row) => row.n_judged > 0).sort((a, b) => b.n_judged - a.n_judged);
  const chosen = url.text("dataset") || judged[0]?.dataset.dataset_id || null;
  const models = url.list("model");
  const show = url.text("show", "all");
  const offset = Number(url.text("from", "0")) || 0;
  const output = Number(url.text("output")) || 0;
  const [label, prediction, order] = [url.text("label"), url.text("prediction"), url.text("order", "row")];
  const answer = useExamples(chosen, { models, show, label, prediction, order, output, slice: url.text("slice"), any_slice: true, offset, limit: PAGE });
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
                    <History dataset={chosen} row={Number(rowText)} output={output} onClose={() => url.set({ row: null }, { replace: true })} />
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
  const [label, prediction] = [url.text("label"), url.text("prediction")];
  // Which examples these are depends on the output, unless they are all.
  const isPart = show !== "all" || label !== "" || prediction !== "";
  const choose = (ids: string[]) => url.set({ model: ids, from: null });
  return (
    <div className="toolbar">
      <Select
        label="Dataset"
        value={chosen}
        options={[...judged.map((set) => ({ value: set.dataset_id, text: `${datasetName(set)} (${number(set.n_rows)} rows)` })), ...(judged.some((set) => set.dataset_id === chosen) ? [] : [{ value: chosen, text: data?.dataset ? datasetName(data.dataset) : shortId(chosen) }])]}
        onChange={(dataset) => url.set({ dataset, model: null, from: null, slice: null, row: null, label: null, prediction: null, output: null })}
      />
      {data && <OutputSelect n={data.n_outputs} value={data.output} onChange={(output) => url.set({ output, ...(isPart ? { label: null, prediction: null, from: null } : {}) })} />}
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
      {(label !== "" || prediction !== "") && (
        <span className="chip accent">
          labelled {label || "anything"}, {picked[0] ? modelName(picked[0]) : "A"} says {prediction || "anything"}
          <button type="button" aria-label="All labels and predictions" onClick={() => url.set({ label: null, prediction: null, from: null })}>
            <Icon name="close" size={11} />
          </button>
        </span>
      )}
      <div className="row wrap" style={{ marginLeft: "auto" }}>
        {data && data.problem_type !== "regression" && (
          <div className="segmented" role="group" aria-label="Which examples">
            {SHOW.filter(([key]) => key === show || (key in data.counts && !(picked.length === 1 && key === "any_wrong"))).map(([key, text]) => (
              <button key={key} type="button" aria-pressed={show === key} onClick={() => url.set({ show: key === "all" ? null : key, from: null })}>
                {textOf(key, text, picked.length)} <span className="small">{number(data.counts[key])}</span>
              </button>
            ))}
          </div>
        )}
        <label className="check">
          <input type="checkbox" checked={url.text("order") === "worst"} onChange={(event) => url.set({ order: event.target.checked ? "worst" : null, from: null })} /> worst first
        </label>
      </div>
    </div>
  );
}

function ModelPicker({ candidates, picked, onChange }: { candidates: ModelBrief[]; picked: ModelBrief[]; onChange: (ids: string[]) => void }) {
  const [search, setSearch] = useState("");
  const on = picked.map((model) => model.model_id);
  const found = candidates.filter((model) => `${modelName(model)} ${madeOf(model)} ${model.model_id} ${model.run_name ?? ""}`.toLowerCase().includes(search.toLowerCase()));
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
            {modelName(model)} <span className="muted">{madeOf(model)}</span>
          </MenuItem>
        );
      })}
    </div>
  );
}

/** How high a row is, as `--row` has it. */
const ROW_PX = 28;

/** Room for the longest of these, so that rows which are drawn later find their columns wide enough. */
function widthOf(values: readonly unknown[]): string {
  const longest = Math.max(...values.map((one) => (one === null ? 1 : value(one).length)));
  const room = `calc(${longest}ch + 20px)`;
  return values.some((one) => typeof one === "number") ? room : `min(180px, ${room})`;
}

/** Someone who comes for one example sees its row, too. */
const intoView = (row: HTMLTableRowElement | null) => row?.scrollIntoView({ block: "center" });

/** The rows in view; those below are drawn once somebody scrolls. */
function Table({ data, url, show }: { data: ExampleTable; url: UrlState; show: string }) {
  const [scrolled, setScrolled] = useState(false);
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
  const lit = url.text("row");
  const inView = Math.ceil(window.innerHeight / ROW_PX);
  const shown = scrolled || data.rows.slice(inView).some((row) => lit === String(row.row)) ? data.rows : data.rows.slice(0, inView);
  return (
    <div className="grow scroll-y" style={{ overflowX: "auto", minHeight: 0 }} tabIndex={0} role="region" aria-label="Examples" onScroll={() => setScrolled(true)}>
      <table className="table examples">
        <thead style={{ position: "sticky", top: 0, zIndex: 2 }}>
          <tr>
            <th scope="col" className="num">row</th>
            {hasLabels && <th scope="col">label</th>}
            {data.models.map((model, index) => (
              <th key={model.model_id} scope="col" title={modelName(model)}>
                {String.fromCharCode(65 + index)} <span className="muted ellipsis" style={{ display: "inline-block", maxWidth: 190, verticalAlign: "bottom" }}>{modelName(model)}</span>
              </th>
            ))}
            {data.columns.map((column, at) => (
              <th key={column} scope="col" className={data.rows.some((row) => typeof row.values[at] === "number") ? "num" : ""} style={{ minWidth: widthOf(data.rows.map((row) => row.values[at])) }}>
                <button type="button" className="btn quiet small flat" title="How good each model is on parts of the data, by this column" onClick={() => url.set({ slice: column }, { replace: true })}>
                  {column}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <Row key={row.row} row={row} hasLabels={hasLabels} lit={lit === String(row.row)} set={url.set} />
          ))}
          {shown.length < data.rows.length && <tr aria-hidden="true" style={{ height: ROW_PX * (data.rows.length - shown.length) }} />}
        </tbody>
      </table>
    </div>
  );
}

/** Choosing a slice or another row leaves the others as they are. */
const Row = memo(
  function Row({ row, hasLabels, lit, set }: { row: ExampleRow; hasLabels: boolean; lit: boolean; set: UrlState["set"] }) {
    return (
      <tr {...(lit ? { className: "lit", ref: intoView } : {})}>
        <td className="num">
          <button type="button" className="btn quiet small" title="What every model said about this example" onClick={() => set({ row: String(row.row) }, { replace: true })}>
            {row.row}
          </button>
        </td>
        {hasLabels && <td>{said(row.label)}</td>}
        {row.predictions.map((one, index) => (
          <td key={index}>
            <Prediction of={one} />
          </td>
        ))}
        {row.values.map((one, index) => (
          <td key={index} className={typeof one === "number" ? "num" : "ellipsis value"} title={typeof one === "string" ? one : undefined}>
            {one === null ? <span className="null">–</span> : value(one)}
          </td>
        ))}
      </tr>
    );
  },
  (a, b) => a.lit === b.lit && a.hasLabels === b.hasLabels && replaceEqualDeep(a.row, b.row) === a.row,
);

export function Prediction({ of }: { of: ExamplePrediction | null }) {
  if (of === null) return <span className="null">–</span>;
  const sure = of.score && of.score.length > 0 ? Math.max(...of.score) : null;
  return (
    <span className={`pred ${of.correct === null ? "" : of.correct ? "ok" : "wrong"}`} title={of.score ? `score of each class: ${of.score.map((score) => number(score, 3)).join(", ")}` : undefined}>
      {of.correct !== null && <Icon name={of.correct ? "check" : "close"} size={11} label={of.correct ? "right:" : "wrong:"} />}
      {said(of.prediction)}
      {of.error !== null && <span className="muted small" title={`predicted − actual = ${of.error}`}>{signed(of.error)}</span>}
      {of.error === null && sure !== null && sure <= 1 && <span className="muted small">{sure.toFixed(2)}</span>}
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
      {data.columns.length === 0 && <span className="ellipsis" title="Keep them with run.log_dataset(df, name=…)">The rows' values are not kept, only predictions.</span>}
    </div>
  );
}
