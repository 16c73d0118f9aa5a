/** One dataset: schema and statistics, versions, where it came from, which models it made and judged. */
import { useEffect } from "react";
import { useDataset, useRows } from "@/api/queries";
import type { DatasetDetail, MadeBy, UsedBy } from "@/api/types";
import { useRememberedProject } from "@/app/project";
import { metric, number, shortId, value } from "@/lib/format";
import { Link } from "@/router/link";
import { seg, to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { CopyButton, CopyMenu } from "@/ui/copy";
import { Card, DatasetLink, datasetName, Facts, Head, ModelLink, RunLink, When } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { Annotations } from "../model/annotations";
import { Trace } from "../pipeline/trace";
import { Shape, useFew, useShapes } from "./column-list";

const TABS = [["columns", "Columns"], ["rows", "Rows"], ["models", "Models"], ["versions", "Versions"]] as const;

export function Dataset({ params }: { params: { id: string } }) {
  const answer = useDataset(params.id);
  return answer.data ? (
    <DatasetPage data={answer.data} />
  ) : (
    <>
      <Head title="Dataset" />
      <Answer of={answer} lines={12}>
        {() => null}
      </Answer>
    </>
  );
}

function DatasetPage({ data }: { data: DatasetDetail }) {
  const url = useUrlState();
  const project = useRememberedProject();
  const tab = url.text("tab", "columns");
  const column = url.text("column");
  const { dataset } = data;
  const name = datasetName(dataset);
  useEffect(() => {
    document.title = `${name} · ModelDB`;
  }, [name]);
  return (
    <>
      <Head
        crumbs={[["Projects", to.projects()], ...(project ? ([[project, to.models(project)], ["Data", to.data(project)]] as const) : [["Data", "/data"] as const])]}
        title={name}
        after={
          <>
            <span className="badge">
              {number(dataset.n_rows)} × {number(dataset.n_columns)}
            </span>
            {dataset.kept && <span className="badge good">kept</span>}
            {data.weak && <span className="badge warn" title="Too large to digest in full: known by its source">weak digest</span>}
            <span className="mono muted small">{shortId(dataset.dataset_id)}</span>
            <CopyButton text={dataset.dataset_id} what="the id" />
          </>
        }
      >
        {data.n_judged > 0 && (
          <Link className="btn" href={to.examplesOf(dataset.dataset_id, [], "all", project)}>
            Examples
          </Link>
        )}
        <CopyMenu sql={data.sql} python={data.load} />
      </Head>
      <div className="page">
        <div className="side-by-side">
          <div>
            <div className="tabs" role="tablist" aria-label="About the dataset">
              {TABS.map(([key, text]) => (
                <button key={key} type="button" role="tab" aria-selected={tab === key} onClick={() => url.set({ tab: key === "columns" ? null : key, column: null })}>
                  {text} {key === "versions" && data.versions.length > 1 && <span className="muted">{data.versions.length}</span>}
                  {key === "models" && <span className="muted">{number(data.n_trained + data.n_judged)}</span>}
                </button>
              ))}
            </div>
            <div style={{ paddingTop: 10 }}>
              {tab === "columns" && <Columns data={data} chosen={column} onTrace={(next) => url.set({ column: next }, { replace: true })} />}
              {tab === "rows" && <Rows id={dataset.dataset_id} />}
              {tab === "models" && (
                <div className="stack">
                  <Used title={`Trained on it (${number(data.n_trained)})`} of={data.trained} />
                  <Used title={`Judged on it (${number(data.n_judged)})`} of={data.judged} />
                </div>
              )}
              {tab === "versions" && <Versions data={data} />}
            </div>
          </div>
          <div className="stack">
            {column !== "" && (
              <Card title="Trace">
                <Trace dataset={dataset.dataset_id} column={column} onBack={() => url.set({ column: null }, { replace: true })} onColumn={(_, next) => url.set({ column: next }, { replace: true })} />
              </Card>
            )}
            <Card title="About">
              <Facts
                of={[
                  ["Source", dataset.source && <span className="mono small">{dataset.source}</span>],
                  ["Container", dataset.container],
                  ["Digest", <span className="mono small">{data.digest.slice(0, 16)}</span>],
                  ["First seen", <When at={dataset.created_at} />],
                  ["In run", dataset.first_seen_run && <Link href={to.run(dataset.first_seen_run)}>{shortId(dataset.first_seen_run)}</Link>],
                  ...data.files.slice(0, 5).map((file, index) => [index === 0 ? "Files" : ` ${index}`, <span className="mono small">{file}</span>] as const),
                ]}
              />
            </Card>
            {data.made_by.length > 0 && (
              <Card title="Made by" flush>
                <table className="table">
                  <tbody>
                    {distinct(data.made_by).slice(0, 10).map((one) => (
                      <tr key={one.action_id}>
                        <td className="ellipsis" style={{ maxWidth: 0, width: "60%" }} title={one.operation}>
                          {one.operation.split(".").slice(-2).join(".")}
                        </td>
                        <td className="nowrap">
                          <Link href={to.run(one.run_id)}>
                            <When at={one.started_at} />
                          </Link>
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Card>
            )}
            <Annotations target={dataset.dataset_id} of={data.annotations} />
            <Card title="Load it" actions={<CopyButton text={data.load} what="the snippet" />}>
              <pre className="code" tabIndex={0}>{data.load}</pre>
            </Card>
            {data.runs.length > 0 && (
              <Card title="Runs">
                {data.runs.slice(0, 12).map((run) => (
                  <div key={run.run_id} className="row">
                    <RunLink run={run} /> <span className="muted small"><When at={run.started_at} /></span>
                  </div>
                ))}
              </Card>
            )}
          </div>
        </div>
      </div>
    </>
  );
}

function Columns({ data, chosen, onTrace }: { data: DatasetDetail; chosen: string; onTrace: (column: string) => void }) {
  const shape = useShapes(data.dataset);
  const few = useFew(data.columns);
  return (
    <>
      {few.controls}
      <div className="card scroll-x">
        <table className="table">
          <thead>
            <tr>
              {["column", "type", "distribution", "min", "mean", "max", "std", "distinct", "missing", "elsewhere"].map((name, index) => (
                <th key={name} scope="col" className={index > 2 ? "num" : ""}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {few.shown.map((column) => (
              <tr key={column.position} className={chosen !== "" && column.name === chosen ? "lit" : ""}>
                <td>
                  <button type="button" className="btn quiet small" title="Where it comes from and goes to" onClick={() => onTrace(column.name)}>
                    {column.name || "(no name)"}
                  </button>
                  {column.position < 0 && <span className="badge">index</span>}
                </td>
                <td className="muted">{column.dtype}</td>
                <td style={{ width: 150 }}>
                  <Shape name={column.name} of={shape(column.position)} />
                </td>
                <td className="num ellipsis" style={{ maxWidth: 90 }} title={String(column.min ?? "")}>{edge(column.min)}</td>
                <td className="num">{number(column.mean)}</td>
                <td className="num ellipsis" style={{ maxWidth: 90 }} title={String(column.max ?? "")}>{edge(column.max)}</td>
                <td className="num">{number(column.std)}</td>
                <td className="num">{number(column.n_distinct)}</td>
                <td className="num">{column.n_null ? <span className="wrong">{number(column.n_null)}</span> : number(column.n_null)}</td>
                <td className="num muted" title="Other datasets that hold this very column">
                  {column.shared_with > 0 ? number(column.shared_with) : ""}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** Each operation of a run once: a loop that makes the same content again adds nothing. */
function distinct(made: MadeBy[]): MadeBy[] {
  const seen = new Set<string>();
  return made.filter((one) => {
    const key = `${one.operation} ${one.run_id}`;
    return !seen.has(key) && seen.add(key);
  });
}

const edge = (of: number | string | null): string => (typeof of === "number" ? number(of) : (of ?? "–"));

function Rows({ id }: { id: string }) {
  const url = useUrlState();
  const offset = Number(url.text("from", "0")) || 0;
  const answer = useRows(id, offset, 100);
  return (
    <Answer of={answer}>
      {(data) =>
        !data.available ? (
          <p className="notice">{data.reason ?? "The values are not kept."}</p>
        ) : (
          <div className="card">
            <div className="scroll-x" tabIndex={0} role="region" aria-label="Rows">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col" className="num">#</th>
                    {data.columns.map((column, index) => (
                      <th key={column} scope="col" title={data.types[index]}>
                        {column}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {data.rows.map((row, index) => (
                    <tr key={index}>
                      <td className="num muted">{data.row_numbers[index]}</td>
                      {row.map((one, at) => (
                        <td key={at} className={typeof one === "number" ? "num" : "ellipsis"} style={{ maxWidth: 220 }}>
                          {one === null ? <span className="null">–</span> : value(one)}
                        </td>
                      ))}
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <div className="statusbar">
              <button type="button" className="btn small" disabled={offset === 0} onClick={() => url.set({ from: String(Math.max(0, offset - 100)) })}>
                Before
              </button>
              {number(offset + 1)}–{number(Math.min(data.total, offset + 100))} of {number(data.total)}
              <button type="button" className="btn small" disabled={offset + 100 >= data.total} onClick={() => url.set({ from: String(offset + 100) })}>
                After
              </button>
            </div>
          </div>
        )
      }
    </Answer>
  );
}

function Used({ title, of }: { title: string; of: UsedBy[] }) {
  return (
    <Card title={title} flush>
      {of.length === 0 ? (
        <p className="muted small" style={{ padding: 12 }}>None.</p>
      ) : (
        <table className="table">
          <tbody>
            {of.map((one) => (
              <tr key={one.model.model_id}>
                <td>
                  <ModelLink model={one.model} /> <span className="muted small">{one.model.name ? one.model.type : ""}</span>
                </td>
                <td className="muted small">{one.model.changed.map((p) => `${p.name}=${value(p.value)}`).join(", ")}</td>
                <td className="num small">{one.metrics.slice(0, 3).map((m) => `${m.name} ${metric(m.value)}`).join(" · ")}</td>
                <td className="muted">
                  <When at={one.model.created_at} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function Versions({ data }: { data: DatasetDetail }) {
  const here = data.dataset.dataset_id;
  return (
    <div className="card scroll-x">
      <table className="table">
        <thead>
          <tr>
            {["version", "seen", "size", "same", "changed", "added", "removed", ""].map((name, index) => (
              <th key={name} scope="col" className={index > 1 && index < 7 ? "num" : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.versions.map((one) => (
            <tr key={one.dataset.dataset_id} className={one.dataset.dataset_id === here ? "lit" : ""}>
              <td>
                <div className="row">
                  <DatasetLink dataset={one.dataset} /> <span className="mono faint small">{shortId(one.dataset.dataset_id)}</span> {one.dataset.dataset_id === here && <span className="badge accent">this one</span>}
                </div>
              </td>
              <td className="muted">
                <When at={one.dataset.created_at} />
              </td>
              <td className="num">
                {number(one.dataset.n_rows)} × {number(one.dataset.n_columns)}
              </td>
              <td className="num">{number(one.same_columns)}</td>
              <td className="num">{number(one.changed_columns)}</td>
              <td className="num">{number(one.added_columns)}</td>
              <td className="num">{number(one.removed_columns)}</td>
              <td>{one.dataset.dataset_id !== here && <Link href={`/data/${seg(one.dataset.dataset_id)}/diff/${seg(here)}`}>what changed</Link>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
