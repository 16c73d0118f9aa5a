/** One model: what it is, how good, from what, why, and how to use it. */
import { useEffect, type ReactNode } from "react";
import { useAnnotate, useModel, useSession } from "@/api/queries";
import type { ModelDetail, ModelBrief } from "@/api/types";
import { rememberProject } from "@/app/project";
import { bytes, date, duration, leaf, metric, number, shortId, value } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { CopyButton, CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { Card, DatasetLink, Facts, Head, ModelLink, RunLink, Status, When, modelName } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { say } from "@/ui/toast";
import { EnvironmentCard, SourceCard } from "../run/code";
import { Annotations } from "./annotations";
import { EvaluationCard } from "./evaluation";
import { FeaturesCard } from "./features";
import { Inside } from "./inside";

export function Model({ params }: { params: { id: string } }) {
  const model = useModel(params.id);
  const project = model.data?.project;
  useEffect(() => rememberProject(project), [project]);
  return model.data ? (
    <ModelPage model={model.data} />
  ) : (
    <>
      <Head title="Model" />
      <Answer of={model} lines={12}>
        {() => null}
      </Answer>
    </>
  );
}

function ModelPage({ model }: { model: ModelDetail }) {
  const project = model.project ?? "";
  const title = modelName(model);
  useEffect(() => {
    document.title = `${title} · ModelDB`;
  }, [title]);
  const rival = model.siblings[0];
  return (
    <>
      <Head
        crumbs={[["Projects", to.projects()], ...(project ? ([[project, to.models(project)]] as const) : [])]}
        title={title}
        after={
          <>
            {title !== model.name && model.name && <span className="badge">{model.name}</span>}
            {!title.startsWith(model.type) && <span className="badge">{model.type}</span>}
            {model.role !== "model" && <span className="badge accent">{model.role}</span>}
            {model.hidden && <span className="badge warn">hidden</span>}
            <span className="mono muted small">{model.model_id}</span>
            <CopyButton text={model.model_id} what="the id" />
          </>
        }
      >
        {rival && (
          <Link className="btn" href={to.compare([model.model_id, rival.model_id])}>
            <Icon name="compare" /> Compare
          </Link>
        )}
        <Link className="btn" href={to.pipeline("models", model.model_id)}>
          <Icon name="pipeline" /> Pipeline
        </Link>
        <HideButton model={model} />
        <CopyMenu sql={model.sql} python={model.load} />
      </Head>
      <div className="page stack">
        <Headline model={model} />
        <div className="side-by-side">
          <div className="stack">
            <EvaluationCard model={model} />
            <FeaturesCard model={model} />
            <Inside model={model} />
            <SourceCard run={model.run.run_id} code={model.code} file={model.file} line={model.line} />
          </div>
          <div className="stack">
            <About model={model} />
            <Parameters model={model} />
            <Annotations target={model.model_id} of={model.annotations} />
            <Card title="Load it" actions={<CopyButton text={model.load} what="the snippet" />}>
              <pre className="code" tabIndex={0}>{model.load}</pre>
              {model.store_error && <p className="problem">Not stored: {model.store_error}</p>}
            </Card>
            <Related title={model.children.some((child) => child.role === "candidate") ? "Candidates and steps" : "Steps"} of={model.children} />
            <Related title="Made from the same content" of={model.same_content} />
            <Related title="Nearby models" of={model.siblings} than={model.model_id} />
            <EnvironmentCard of={model.environment} />
          </div>
        </div>
      </div>
    </>
  );
}

function HideButton({ model }: { model: ModelDetail }) {
  const session = useSession();
  const annotate = useAnnotate();
  if (!session.data?.can_change) return null;
  return (
    <button type="button" className="btn" onClick={() => annotate.mutate([{ targets: [model.model_id], kind: "hide", value: model.hidden ? null : "hidden" }], { onError: (error) => say(error.message, true) })}>
      <Icon name={model.hidden ? "show" : "hide"} /> {model.hidden ? "Unhide" : "Hide"}
    </button>
  );
}

/** The numbers people look for first: metrics by dataset, judged before trained. */
function Headline({ model }: { model: ModelDetail }) {
  const sets = [...model.judged].sort((a, b) => Number(a.is_training) - Number(b.is_training));
  if (model.metrics.length === 0) {
    return <p className="notice">Nothing measured this model. Metrics of sklearn.metrics called on its predictions appear here by themselves.</p>;
  }
  return (
    <section className="card" aria-label="Metrics">
      {sets.map((set, index) => (
        <div key={set.dataset?.dataset_id ?? index} className="judged">
          <div className="on">
            <span className="muted small">{set.is_training ? "on its training data" : "measured on"}</span>
            <div className="row">
              {set.dataset ? <DatasetLink dataset={set.dataset} /> : <span className="muted">no dataset</span>}
              {set.dataset?.n_rows != null && <span className="muted small">{number(set.dataset.n_rows)} rows</span>}
            </div>
          </div>
          <div className="stats">
            {set.metrics.map((one, at) => (
              <div key={at} className="stat" title={String(one.value)}>
                <b style={set.is_training ? { color: "var(--ink-3)" } : {}}>{metric(one.value)}</b>
                <span>{one.name}</span>
              </div>
            ))}
          </div>
        </div>
      ))}
    </section>
  );
}

function About({ model }: { model: ModelDetail }) {
  const facts: [string, ReactNode][] = [
    ["Type", <span className="mono small">{model.qualified_type}</span>],
    ["Library", [model.library, model.library_version].filter(Boolean).join(" ")],
    ["Problem", model.problem_type],
    ["Trained", <span title={date(model.created_at)}><When at={model.created_at} />{model.fit_s !== null && <span className="muted"> in {duration(model.fit_s)}</span>}</span>],
    ["By", model.run.user],
    ["Run", <span><RunLink run={model.run} /> <Status of={model.run.status} /></span>],
    ["Trained on", model.trained_on && <span><DatasetLink dataset={model.trained_on} /> <span className="muted">{size(model.trained_on)}</span></span>],
    ["From", model.trained_on?.source && <span className="mono small">{model.trained_on.source}</span>],
    ["Script", model.file && <span title={model.file}>{leaf(model.file)}{model.line !== null && <span className="muted">:{model.line}</span>}</span>],
    ["Features", model.n_features !== null && number(model.n_features)],
    ["Stored", model.stored_bytes !== null ? <span>{bytes(model.stored_bytes)} <span className="muted">of {bytes(model.size_bytes)} pickled</span></span> : model.size_bytes !== null ? bytes(model.size_bytes) : null],
    ["Digest", model.digest && <span className="mono small" title={model.digest}>{model.digest.slice(0, 12)}</span>],
    ["Part of", model.parent && <ModelLink model={model.parent} />],
  ];
  return (
    <Card title="About">
      <Facts of={facts} />
    </Card>
  );
}

const size = (set: { n_rows: number | null; n_columns: number | null }): string => (set.n_rows === null ? "" : `${number(set.n_rows)} × ${number(set.n_columns)}`);

function Parameters({ model }: { model: ModelDetail }) {
  const chosen = model.parameters.filter((one) => !one.is_default);
  const rest = model.parameters.filter((one) => one.is_default);
  const rows = (of: typeof chosen) =>
    of.map((one) => (
      <tr key={one.name}>
        <th scope="row" className="ellipsis" title={one.name}>
          {one.name}
        </th>
        <td className="mono" style={{ overflowWrap: "anywhere" }}>
          {value(one.value)}
        </td>
      </tr>
    ));
  return (
    <Card title="Hyperparameters" flush>
      <table className="table fixed">
        <tbody>{rows(chosen)}</tbody>
      </table>
      {chosen.length === 0 && <p className="muted small" style={{ padding: "8px 12px" }}>All at their defaults.</p>}
      {rest.length > 0 && (
        <details style={{ padding: "6px 12px" }}>
          <summary className="small">{rest.length} at their defaults</summary>
          <table className="table fixed">
            <tbody>{rows(rest)}</tbody>
          </table>
        </details>
      )}
    </Card>
  );
}

export function Related({ title, of, than }: { title: string; of: ModelBrief[]; than?: string }) {
  if (of.length === 0) return null;
  return (
    <Card title={title} flush>
      <table className="table">
        <tbody>
          {of.slice(0, 12).map((one) => {
            const best = one.metrics[0];
            return (
              <tr key={one.model_id}>
                <td className="ellipsis" style={{ maxWidth: 150 }}>
                  <ModelLink model={one} />
                  <div className="muted small ellipsis" title={one.changed.map((p) => `${p.name}=${value(p.value)}`).join(", ")}>
                    {one.changed.map((p) => `${p.name}=${value(p.value)}`).join(", ") || shortId(one.model_id)}
                  </div>
                </td>
                <td className="num" title={best?.name}>
                  {best ? metric(best.value) : ""}
                </td>
                {than && (
                  <td>
                    <Link className="small" href={to.compare([than, one.model_id])}>
                      compare
                    </Link>
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
      {of.length > 12 && <p className="muted small" style={{ padding: "4px 12px 8px" }}>and {of.length - 12} more</p>}
    </Card>
  );
}
