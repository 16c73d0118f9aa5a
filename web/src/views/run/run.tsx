/** One run: what it did, action by action, and what came out. */
import { useEffect, useMemo, useState } from "react";
import { fetchActions, useRun } from "@/api/queries";
import type { ActionRow, Artifact, Measured, MetricValue, ModelBrief, RunBrief, RunDetail } from "@/api/types";
import { rememberProject } from "@/app/project";
import { useLayoutAhead } from "@/graph/ahead";
import { date, duration, leaf, metric, number, plural, shortId, value } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { useFolding } from "@/router/unfolding";
import { CopyButton, CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { Card, DatasetLink, Facts, Head, ModelLink, RunLink, Status, When } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { say } from "@/ui/toast";
import { CurvesCard } from "../charts/curves-card";
import { Annotations } from "../model/annotations";
import { HideButton } from "../model/hide";
import { Related } from "../model/model";
import { EnvironmentCard, SourceCard } from "./code";

export function Run({ params }: { params: { id: string } }) {
  const run = useRun(params.id);
  const project = run.data?.run.project;
  useEffect(() => rememberProject(project), [project]);
  useLayoutAhead();
  return run.data ? (
    <RunPage run={run.data} />
  ) : (
    <>
      <Head title="Run" />
      <Answer of={run} lines={12}>
        {() => null}
      </Answer>
    </>
  );
}

function RunPage({ run }: { run: RunDetail }) {
  const brief = run.run;
  return (
    <>
      <Head
        crumbs={[["Projects", to.projects()], [brief.project, to.models(brief.project)], ["Runs", to.runs(brief.project)]]}
        title={brief.name || shortId(brief.run_id)}
        after={
          <>
            <Status of={brief.status} />
            {run.hidden && <span className="badge warn">hidden</span>}
            <span className="mono muted small">{brief.run_id}</span>
            <CopyButton text={brief.run_id} what="the id" />
          </>
        }
      >
        <Link className="btn" href={to.pipeline("runs", brief.run_id)}>
          <Icon name="pipeline" /> Pipeline
        </Link>
        <HideButton id={brief.run_id} hidden={run.hidden} />
        <CopyMenu sql={run.sql} />
      </Head>
      <div className="page stack">
        {run.error && <p className="problem">{run.error}</p>}
        <div className="side-by-side">
          <div className="stack">
            {run.metrics.length > 0 && (
              <RunMetrics of={run.metrics} models={run.models} run={brief} />
            )}
            {run.curves.length > 0 && <CurvesCard run={[brief.run_id]} />}
            <Actions run={run} />
            <SourceCard run={brief.run_id} code={run.code} file={brief.script} line={null} />
          </div>
          <div className="stack">
            <Card title="About">
              <Facts
                of={[
                  ["Experiment", brief.experiment],
                  ["Started", <span title={date(brief.started_at)}><When at={brief.started_at} /></span>],
                  ["Took", brief.duration_s === null ? (brief.status === "running" ? "still running" : null) : duration(brief.duration_s)],
                  ["By", [brief.user, run.host].filter(Boolean).join(" on ")],
                  ["Command", run.command.length > 0 && <span className="mono small">{run.command.join(" ")}</span>],
                  ["In", run.cwd && <span className="mono small">{run.cwd}</span>],
                  ["Exit code", run.exit_code !== null && run.exit_code !== 0 ? String(run.exit_code) : null],
                  ["Models", plural(run.n_models, "model") + (run.n_fits > run.n_models ? `, ${number(run.n_fits)} fits` : "")],
                  ["Part of", run.parent_run_id && <Link href={to.run(run.parent_run_id)}>{shortId(run.parent_run_id)}</Link>],
                ]}
              />
            </Card>
            {run.parameters.length > 0 && (
              <Card title="Parameters">
                <Facts of={run.parameters.map((one) => [one.name, <span className="mono">{value(one.value)}</span>] as const)} />
              </Card>
            )}
            <Related title="Models" of={run.models} />
            <Annotations target={brief.run_id} of={run.annotations} />
            {run.datasets.length > 0 && (
              <Card title="Data" flush>
                <table className="table">
                  <tbody>
                    {run.datasets.slice(0, 20).map((set) => (
                      <tr key={set.dataset_id}>
                        <td className="ellipsis" style={{ maxWidth: 170 }}>
                          <DatasetLink dataset={set} />
                        </td>
                        <td className="num muted">
                          {number(set.n_rows)} × {number(set.n_columns)}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Card>
            )}
            {run.children.length > 0 && (
              <Card title="Child runs">
                {run.children.map((child) => (
                  <div key={child.run_id} className="row">
                    <RunLink run={child} /> <Status of={child.status} />
                  </div>
                ))}
              </Card>
            )}
            <EnvironmentCard of={run.environment} />
          </div>
        </div>
      </div>
    </>
  );
}

/** One number each when there is one model; else models by metrics. */
function RunMetrics({ of: all, models, run }: { of: MetricValue[]; models: ModelBrief[]; run: RunBrief }) {
  // What searches tried is a table of its own: it would come before the models and hide what they were judged by.
  const known = all.filter((one) => !one.model_id || models.some((model) => model.model_id === one.model_id));
  const of = known.length > 0 ? known : all;
  const others = new Set(all.filter((one) => !of.includes(one)).map((one) => one.model_id)).size;
  const candidates = others > 0 && (
    <Link className="small" href={`${to.models(run.project)}?role=candidate&filter=${encodeURIComponent(`run_id = '${run.run_id}'`)}`}>
      {plural(others, "candidate")} of searches
    </Link>
  );
  const names = [...new Set(of.map((one) => one.name))];
  const judged = [...new Set(of.map((one) => one.model_id ?? ""))].sort((a, b) => Number(a === "") - Number(b === ""));
  const best = new Map(names.map((name) => [name, bestOf(of.filter((one) => one.name === name))]));
  if (judged.length <= 1) {
    return (
      <Card title="Metrics" actions={candidates}>
        <div className="stats">
          {of.slice(0, 24).map((one, index) => (
            <div key={index} className="stat" title={one.dataset_name ?? undefined}>
              <b>{metric(one.value)}</b>
              <span>{one.name}</span>
            </div>
          ))}
        </div>
      </Card>
    );
  }
  return (
    <Card title="Metrics" actions={candidates} flush>
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">model</th>
              {names.slice(0, 12).map((name) => (
                <th key={name} scope="col" className="num">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {judged.slice(0, 100).map((id) => {
              const model = models.find((one) => one.model_id === id);
              return (
                <tr key={id}>
                  <th scope="row">{model ? <ModelLink model={model} /> : id === "" ? "the run" : <Link href={to.model(id)}>{shortId(id)}</Link>}</th>
                  {names.slice(0, 12).map((name) => (
                    <td key={name} className={best.get(name) === id ? "num best" : "num"}>
                      {metric(of.find((one) => (one.model_id ?? "") === id && one.name === name)?.value ?? null)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

/** The model with the best value of one metric; none where more is neither better nor worse. */
function bestOf(values: readonly MetricValue[]): string | null {
  const known = values.filter((one) => one.value !== null && one.higher_is_better !== null);
  if (known.length < 2) return null;
  return known.reduce((a, b) => (b.value! > a.value! === a.higher_is_better && a.value !== b.value ? b : a)).model_id;
}

/** Actions that come with a click, and the most that come with one request. */
const MORE = 500;
const MOST_AT_ONCE = 1000;

/** The action log as a tree: nested actions stay folded until asked for. */
function Actions({ run }: { run: RunDetail }) {
  const [actions, setActions] = useState<ActionRow[]>(run.actions);
  const [failed, setFailed] = useState(false);
  const url = useUrlState();
  const wanted = Math.min(Number(url.text("actions")) || 0, run.n_actions);
  const loading = actions.length < wanted && !failed;
  useEffect(() => setActions((known) => (known.length > run.actions.length ? known : run.actions)), [run.actions]);
  const children = useMemo(() => {
    const counts = new Map<string, number>();
    for (const { parent_id } of actions) if (parent_id) counts.set(parent_id, (counts.get(parent_id) ?? 0) + 1);
    return counts;
  }, [actions]);
  const { open, toggle, all } = useFolding(useMemo(() => [...children.keys()], [children]));
  const byId = new Map(actions.map((action) => [action.action_id, action]));
  const visible = actions.filter((action) => {
    for (let id = action.parent_id; id; id = byId.get(id)?.parent_id ?? null) if (byId.has(id) && !open.has(id)) return false;
    return true;
  });
  const run_id = run.run.run_id;
  useEffect(() => {
    if (!loading) return;
    let live = true;
    fetchActions(run_id, actions.length, Math.min(MOST_AT_ONCE, wanted - actions.length)).then(
      (page) => live && (page.actions.length > 0 ? setActions([...actions, ...page.actions]) : setFailed(true)),
      (error: Error) => live && (setFailed(true), say(error.message, true)),
    );
    return () => {
      live = false;
    };
  }, [run_id, actions, wanted, loading]);
  const more = () => {
    setFailed(false);
    url.set({ actions: String(actions.length + MORE) }, { replace: true });
  };
  return (
    <Card
      title={`Actions (${number(run.n_actions)})`}
      actions={
        <button type="button" className="btn small" onClick={() => all(open.size === 0)}>
          {open.size > 0 ? "Fold all" : "Unfold all"}
        </button>
      }
      flush
    >
      <div className="scroll-x">
        <table className="table actions-tree">
          <thead>
            <tr>
              <th scope="col">action</th>
              <th scope="col">in → out</th>
              <th scope="col">with</th>
              <th scope="col">at</th>
              <th scope="col" className="num">took</th>
            </tr>
          </thead>
          <tbody>
            {visible.map((action) => (
              <tr key={action.action_id}>
                <td style={{ paddingLeft: 10 + action.depth * 16 }} title={action.operation}>
                  {children.has(action.action_id) ? (
                    <button type="button" className="twist" aria-expanded={open.has(action.action_id)} aria-label={`${children.get(action.action_id)} nested actions`} onClick={() => toggle(action.action_id)}>
                      <Icon name={open.has(action.action_id) ? "down" : "right"} size={11} />
                    </button>
                  ) : (
                    <span style={{ display: "inline-block", width: 18 }} />
                  )}
                  <span className="badge">{action.kind}</span> {action.operation.split(".").slice(-2).join(".")}
                  {action.status !== "ok" && (
                    <>
                      {" "}
                      <span className="badge bad" title={action.error ?? undefined}>{action.status}</span>
                    </>
                  )}
                  {action.inferred && <span className="muted small"> inferred</span>}
                </td>
                <td className="small">
                  <Artifacts of={action.inputs} /> <span className="faint">→</span> {action.kind === "evaluate" && action.metrics.length > 0 ? <Measurements of={action.metrics} /> : <Artifacts of={action.outputs} />}
                  {action.kind !== "evaluate" && action.metrics.length > 0 && <MeasuredToo of={action.metrics} />}
                </td>
                <td className="small muted ellipsis" style={{ maxWidth: 170 }} title={action.parameters.map((one) => `${one.name}=${value(one.value)}`).join(", ")}>
                  {action.parameters.filter((one) => !one.is_default).map((one) => `${one.name}=${value(one.value)}`).join(", ")}
                </td>
                <td className="small muted">{action.file ? `${leaf(action.file)}:${action.line ?? ""}` : ""}</td>
                <td className="num small">{duration(action.duration_s)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {actions.length < run.n_actions && (
        <button type="button" className="btn quiet" disabled={loading} onClick={more}>
          {loading ? "Loading…" : `Load more of ${number(run.n_actions)}`}
        </button>
      )}
    </Card>
  );
}

const told = (of: Measured[]): string => of.slice(0, 40).map((one) => `${one.name} ${metric(one.value)}`).join("\n");

/** That a fit or a search measured something on the way. */
function MeasuredToo({ of }: { of: Measured[] }) {
  return (
    <span className="muted nowrap" title={told(of)}>
      {" "}
      · {plural(of.length, "metric")}
    </span>
  );
}

/** What an action measured; of several values their names, of many only how many. */
function Measurements({ of }: { of: Measured[] }) {
  const shown = of.map((one) => (of.length > 1 ? `${one.name} ${metric(one.value)}` : metric(one.value)));
  return <b title={told(of)}>{of.length > 2 ? plural(of.length, "metric") : shown.join(", ")}</b>;
}

function Artifacts({ of }: { of: Artifact[] }) {
  if (of.length === 0) return <span className="faint">–</span>;
  return (
    <>
      {of.slice(0, 4).map((one, index) => (
        <span key={index}>
          {index > 0 && ", "}
          <ArtifactLink of={one} />
        </span>
      ))}
      {of.length > 4 && ` +${of.length - 4}`}
    </>
  );
}

function ArtifactLink({ of }: { of: Artifact }) {
  const text = of.name || of.role || shortId(of.artifact_id);
  const title = `${of.role}: ${of.artifact_id}${of.columns ? ` (${of.columns.join(", ")})` : ""}`;
  if (of.kind === "dataset") return <Link href={to.dataset(of.artifact_id)} title={title}>{text}</Link>;
  if (of.kind === "model") return <Link href={to.model(of.artifact_id)} title={title}>{text}</Link>;
  return <span title={title}>{text}</span>;
}
