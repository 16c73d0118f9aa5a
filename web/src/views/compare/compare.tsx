/** Two to twenty models or runs side by side, the differences lit. */
import { useEffect, useMemo, useState } from "react";
import { useCompare, useDiff, useSeries } from "@/api/queries";
import type { Comparison, CompareMetric, CompareRow } from "@/api/types";
import { rememberProject } from "@/app/project";
import { metric, number, shortId, signed, value } from "@/lib/format";
import { categorical } from "@/plot/colors";
import { Dot } from "@/plot/legend";
import { Lines } from "@/plot/lines";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { useUnfolded } from "@/router/unfolding";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { Card, Head, madeOf, modelName } from "@/ui/parts";
import { Answer, Empty } from "@/ui/states";
import { useDark } from "@/ui/theme";
import { colorsOf, linesOf } from "../charts/curves";
import { Patch } from "../run/code";
import { Add } from "./add";
import { FlipCard } from "./flips";
import { bandKey, type Subject } from "./keys";
import { Rows, SectionHead } from "./rows";
import { Verdict } from "./verdict";

export function Compare() {
  const url = useUrlState();
  const ids = url.list("id");
  const answer = useCompare(ids, url.text("on"), Number(url.text("output")) || 0);
  const project = answer.data?.models[0]?.project ?? answer.data?.runs[0]?.project;
  useEffect(() => {
    rememberProject(project);
    document.title = "Compare · ModelDB";
  }, [project]);
  return (
    <>
      <Head crumbs={[["Projects", to.projects()], ...(project ? ([[project, to.models(project)]] as const) : [])]} title="Compare" after={answer.data && <span className="muted small">{`${ids.length} ${answer.data.kind}`}</span>}>
        <CopyMenu sql={answer.data?.sql} />
      </Head>
      <div className="page stack">
        {ids.length < 2 ? (
          <Empty title="Nothing to compare">
            <p>Select two to twenty rows in a table of models or runs, then Compare (key: c).</p>
          </Empty>
        ) : (
          <Answer of={answer} lines={14}>
            {(data) => <Page data={data} />}
          </Answer>
        )}
      </div>
    </>
  );
}

function subjectsOf(data: Comparison): Subject[] {
  if (data.kind === "runs") return data.runs.map((run) => ({ id: run.run_id, name: run.name || shortId(run.run_id), detail: shortId(run.run_id), href: to.run(run.run_id) }));
  return data.models.map((model) => ({ id: model.model_id, name: modelName(model), detail: `${madeOf(model)} · ${shortId(model.model_id)}`, href: to.model(model.model_id) }));
}

function Page({ data }: { data: Comparison }) {
  const url = useUrlState();
  const subjects = subjectsOf(data);
  const onlyDiffering = url.text("all") !== "1";
  const find = url.text("find");
  return (
    <>
      <div className="toolbar" style={{ padding: 0 }}>
        <label className="check">
          <input type="checkbox" checked={onlyDiffering} onChange={() => url.set({ all: onlyDiffering ? "1" : null })} /> differences only
        </label>
        <input className="field" type="search" aria-label="Find a hyperparameter or fact" placeholder="Find a hyperparameter" value={find} onChange={(event) => url.set({ find: event.target.value }, { replace: true })} />
        {data.ids.length === 2 && (
          <button type="button" className="btn" onClick={() => url.set({ id: [data.ids[1]!, data.ids[0]!] })}>
            <Icon name="swap" /> Swap
          </button>
        )}
        <Add of={data.kind === "runs" ? "runs" : "models"} project={(data.models[0] ?? data.runs[0])!.project} ids={data.ids} onAdd={(id) => url.set({ id: [...data.ids, id] })} />
      </div>
      <Verdict data={data} subjects={subjects} />
      <Card flush title={undefined}>
        <div className="scroll-x">
          <table className="table">
            <thead>
              <tr>
                <th scope="col" style={{ minWidth: "min(180px, 28vw)" }} />
                {subjects.map((subject, index) => (
                  <th key={subject.id} scope="col" style={{ minWidth: "min(120px, 28vw)", maxWidth: "min(220px, 30vw)" }}>
                    <SubjectHead subject={subject} index={index} ids={data.ids} />
                  </th>
                ))}
              </tr>
            </thead>
            <MetricRows of={data.metrics} />
            <Rows title="Hyperparameters" of={data.parameters} onlyDiffering={onlyDiffering} find={find} width={subjects.length} />
            <Rows title="What, from what, when" of={data.facts} onlyDiffering={onlyDiffering} find={find} width={subjects.length} />
            <FeatureRows of={data.features} width={subjects.length} />
          </table>
        </div>
      </Card>
      {data.curves.length > 0 && <CompareCurves data={data} subjects={subjects} />}
      {data.kind === "models" && <FlipCard of={data.flips} data={data} subjects={subjects} onOutput={(output) => url.set({ output })} />}
      {data.ids.length === 2 && <Changes a={data.ids[0]!} b={data.ids[1]!} />}
    </>
  );
}

function SubjectHead({ subject, index, ids }: { subject: Subject; index: number; ids: string[] }) {
  const url = useUrlState();
  const dark = useDark();
  return (
    <div>
      <div className="row" style={{ gap: 5 }}>
        <Dot color={categorical(index, dark)} />
        <Link className="ellipsis" href={subject.href} title={subject.id}>
          {subject.name}
        </Link>
        {ids.length > 2 && (
          <button type="button" className="btn quiet icon small" aria-label={`Leave out ${subject.name}`} onClick={() => url.set({ id: ids.filter((id) => id !== subject.id) })}>
            <Icon name="close" size={11} />
          </button>
        )}
      </div>
      <div className="muted small ellipsis">{subject.detail}</div>
    </div>
  );
}

function MetricRows({ of }: { of: CompareMetric[] }) {
  if (of.length === 0) return null;
  return (
    <tbody>
      <SectionHead text="Metrics" width={of[0]!.values.length} />
      {of.map((row) => {
        const base = row.values[0];
        return (
          <tr key={`${row.name} ${row.dataset_id ?? ""}`}>
            <th scope="row" className="ellipsis" title={row.dataset_name ?? undefined}>
              {row.name} <span className="muted small">{row.dataset_name && `on ${shortName(row.dataset_name)}`}</span> {row.is_training && <span className="badge warn">training</span>}
            </th>
            {row.values.map((one, index) => (
              <td key={index} className={row.best === index ? "best" : ""} title={one === null ? undefined : String(one)}>
                {one === null ? <span className="null">–</span> : metric(one)}
                {index > 0 && one !== null && base !== null && base !== undefined && one !== base && (
                  <span className={`small ${row.higher_is_better === null ? "muted" : one > base === (row.higher_is_better ?? true) ? "ok" : "wrong"}`}> {signed(one - base, metric)}</span>
                )}
              </td>
            ))}
          </tr>
        );
      })}
    </tbody>
  );
}

const shortName = (name: string): string => (/^d-[0-9a-f]{16,}$/.test(name) ? shortId(name) : name);

function FeatureRows({ of, width }: { of: CompareRow[]; width: number }) {
  const [all, setAll] = useUnfolded("features");
  if (of.length === 0) return null;
  // Importances and coefficients that nobody can know are not the same as features left out.
  const known = of[0]!.values.map((_, index) => of.some((row) => typeof row.values[index] === "number"));
  const most = Math.max(...of.flatMap((row) => row.values.map((one) => (typeof one === "number" ? Math.abs(one) : 0))), 1e-300);
  return (
    <tbody>
      <SectionHead text="Features, by importance or coefficient" width={width} />
      {(all ? of : of.slice(0, 12)).map((row) => (
        <tr key={row.name}>
          <th scope="row" className="ellipsis" title={row.name}>
            {row.name}
          </th>
          {row.values.map((one, index) => (
            <td key={index}>
              {typeof one === "number" ? (
                <span className="row" style={{ gap: 8 }}>
                  <span className="meter grow" style={{ height: 7 }}>
                    <i className={one < 0 ? "neg" : ""} style={{ width: `${(Math.abs(one) / most) * 100}%` }} />
                  </span>
                  <span className="num" style={{ width: 56 }}>
                    {number(one, 3)}
                  </span>
                </span>
              ) : (
                <span className="null" title={known[index] ? undefined : "This kind of model tells no importances or coefficients"}>
                  {known[index] ? "not used" : "–"}
                </span>
              )}
            </td>
          ))}
        </tr>
      ))}
      {of.length > 12 && (
        <tr>
          <td colSpan={width + 1}>
            <button type="button" className="btn quiet small" onClick={() => setAll(!all)}>
              {all ? "Fewer" : `All ${of.length}`}
            </button>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function CompareCurves({ data, subjects }: { data: Comparison; subjects: Subject[] }) {
  const dark = useDark();
  const series = useSeries({ ...(data.kind === "models" ? { model: data.ids } : { run: data.ids }), name: data.curves.slice(0, 12), points: 400, limit: 400 });
  const [cross, setCross] = useState<number | null>(null);
  const colors = useMemo(() => new Map(data.ids.map((id, index) => [id, categorical(index, dark)])), [data.ids, dark]);
  return (
    <Card title="Curves">
      <Answer of={series}>
        {(answer) => (
          <div className="chart-grid">
            {[...new Set(answer.series.map((one) => one.name))].map((name) => {
              const mine = answer.series.filter((one) => one.name === name);
              const lines = linesOf(mine, colorsOf(mine), 0, "step", "none", dark).map((line, index) => {
                const key = bandKey(mine[index]!, data.kind);
                return { ...line, color: colors.get(key) ?? line.color, name: subjects.find((subject) => subject.id === key)?.name ?? line.name };
              });
              return (
                <figure key={name}>
                  <h3>{name}</h3>
                  <Lines label={name} lines={lines} height={220} xTitle="step" cross={cross} onCross={setCross} />
                </figure>
              );
            })}
          </div>
        )}
      </Answer>
    </Card>
  );
}

/** Code, environment and actions of two: what else is not the same. */
function Changes({ a, b }: { a: string; b: string }) {
  const diff = useDiff(a, b);
  if (diff.error) return null;
  return (
    <Answer of={diff}>
      {(data) => {
        const groups = [["Data", data.data], ["Environment", data.environment], ["Actions", data.actions]] as const;
        if (data.code.length === 0 && groups.every(([, rows]) => rows.length === 0)) return null;
        return (
          <Card title="What else changed">
            <div className="stack">
              {data.code.map((file) => (
                <div key={file.path}>
                  <h3>
                    {file.path} <span className="muted small">{file.kind}</span>
                  </h3>
                  {file.patch ? <Patch text={file.patch} /> : <p className="muted small">Changed; the text is not stored on both sides.</p>}
                </div>
              ))}
              {groups.map(
                ([title, rows]) =>
                  rows.length > 0 && (
                    <table key={title} className="table">
                      <thead>
                        <tr>
                          <th scope="col">{title}</th>
                          <th scope="col">first</th>
                          <th scope="col">second</th>
                        </tr>
                      </thead>
                      <tbody>
                        {rows.slice(0, 60).map((row) => (
                          <tr key={row.name}>
                            <th scope="row">{row.name}</th>
                            <td>{row.a === null ? <span className="null">–</span> : value(row.a)}</td>
                            <td>{row.b === null ? <span className="null">–</span> : value(row.b)}</td>
                          </tr>
                        ))}
                      </tbody>
                    </table>
                  ),
              )}
            </div>
          </Card>
        );
      }}
    </Answer>
  );
}
