/** One model: what it is, how good, from what, why, and how to use it. */
import { Fragment, memo, useEffect, type ReactNode } from "react";
import { useModel } from "@/api/queries";
import type { MetricValue, ModelDetail, ModelBrief, Parameter } from "@/api/types";
import { rememberProject } from "@/app/project";
import { useLayoutAhead } from "@/graph/ahead";
import { bytes, date, duration, leaf, metric, number, shortId, value } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUnfolded } from "@/router/unfolding";
import { CopyButton, CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { Card, DatasetLink, Facts, Head, ModelLink, RunLink, Status, When, briefOf, madeOf, modelName } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { CurvesCard } from "../charts/curves-card";
import { EnvironmentCard, SourceCard } from "../run/code";
import { Annotations } from "./annotations";
import { EvaluationCard, useShownEvaluation } from "./evaluation";
import { FeaturesCard } from "./features";
import { HideButton } from "./hide";
import { Inside } from "./inside";
import { isEstimator, Parameters } from "./parameters";
import { SimilarCard } from "./similar";

export function Model({ params }: { params: { id: string } }) {
  const model = useModel(params.id);
  const project = model.data?.project;
  useEffect(() => rememberProject(project), [project]);
  useLayoutAhead();
  // Asked for at the same time, so that the page can be drawn in one piece.
  useShownEvaluation(params.id);
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

/** Drawn anew only for another answer: an evaluation that comes later is its card's affair. */
const ModelPage = memo(function ModelPage({ model }: { model: ModelDetail }) {
  const project = model.project ?? "";
  const brief = briefOf(model);
  const title = modelName(brief);
  useEffect(() => {
    document.title = `${title} · ModelDB`;
  }, [title]);
  const rival = rivalOf(model);
  return (
    <>
      <Head
        crumbs={[["Projects", to.projects()], ...(project ? ([[project, to.models(project)]] as const) : [])]}
        title={title}
        after={
          <>
            {title !== model.name && model.name && !model.name.includes(" → ") && <span className="badge" title="Its name in the script">{model.name}</span>}
            {!title.startsWith(model.type) && <span className="badge ellipsis" style={{ maxWidth: 300, display: "inline-block" }} title={madeOf(brief)}>{madeOf(brief)}</span>}
            {model.role !== "model" && <span className="badge accent">{model.role}</span>}
            {model.hidden && <span className="badge warn">hidden</span>}
            <span className="mono muted small">{model.model_id}</span>
            <CopyButton text={model.model_id} what="the id" />
          </>
        }
      >
        {rival && (
          <Link className="btn" href={to.compare([model.model_id, rival.model_id])} title={`Beside ${modelName(rival)}, the best of the others`}>
            <Icon name="compare" /> Compare with <span className="ellipsis name">{modelName(rival)}</span>
          </Link>
        )}
        <Link className="btn" href={to.pipeline("models", model.model_id)}>
          <Icon name="pipeline" /> Pipeline
        </Link>
        <HideButton id={model.model_id} hidden={model.hidden} />
        <CopyMenu sql={model.sql} python={model.load} />
      </Head>
      <div className="page stack">
        <Headline model={model} />
        <div className="side-by-side">
          <div className="stack">
            <EvaluationCard model={model} />
            {model.curves.length > 0 && <CurvesCard model={[model.model_id]} />}
            <FeaturesCard model={model} />
            <Inside model={model} />
            <SimilarCard model={model} />
            <SourceCard run={model.run.run_id} code={model.code} file={model.file} line={model.line} />
          </div>
          <div className="stack">
            <About model={model} />
            <Parameters of={model.parameters} />
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
});

/** Of the models nearby the one that did best by a metric this one has too; without such a metric one of its kind. */
function rivalOf({ siblings, metrics, type }: ModelDetail): ModelBrief | undefined {
  const by = metrics.find((one) => one.higher_is_better !== null && siblings.some((other) => other.metrics.some((theirs) => theirs.name === one.name)));
  if (!by) return siblings.find((other) => other.type === type);
  const score = (model: ModelBrief) => (model.metrics.find((one) => one.name === by.name)?.value ?? Number.NaN) * (by.higher_is_better ? 1 : -1);
  return [...siblings].filter((one) => !Number.isNaN(score(one))).sort((a, b) => score(b) - score(a))[0];
}

/** The metrics of a whole dataset before those of its classes, of which a report has dozens. */
function telling(of: readonly MetricValue[]): readonly MetricValue[] {
  const whole = of.filter((one) => !one.name.includes("["));
  return (whole.length > 0 ? whole : of).slice(0, 8);
}

/** The numbers people look for first: metrics by dataset, judged before trained. */
function Headline({ model }: { model: ModelDetail }) {
  const [all, setAll] = useUnfolded("metrics");
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
            {(all ? set.metrics : telling(set.metrics)).map((one, at) => (
              <div key={at} className="stat" title={String(one.value)}>
                <b style={set.is_training ? { color: "var(--ink-3)" } : {}}>{metric(one.value)}</b>
                <span>{one.name}</span>
              </div>
            ))}
            {telling(set.metrics).length < set.metrics.length && (
              <button type="button" className="btn quiet small" onClick={() => setAll(!all)}>
                {all ? "Fewer" : `All ${set.metrics.length}`}
              </button>
            )}
          </div>
        </div>
      ))}
    </section>
  );
}

function About({ model }: { model: ModelDetail }) {
  const facts: [string, ReactNode][] = [
    ["Type", <Dotted of={model.qualified_type} />],
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

/** A dotted name, broken at its dots where it does not fit. */
function Dotted({ of }: { of: string }) {
  return (
    <span className="mono small">
      {of.split(".").map((part, index) => (
        <Fragment key={index}>
          {index > 0 && (
            <>
              .<wbr />
            </>
          )}
          {part}
        </Fragment>
      ))}
    </span>
  );
}

const size = (set: { n_rows: number | null; n_columns: number | null }): string => (set.n_rows === null ? "" : `${number(set.n_rows)} × ${number(set.n_columns)}`);

export function Related({ title, of, than }: { title: string; of: ModelBrief[]; than?: string }) {
  const [all, setAll] = useUnfolded(title.split(" ")[0]!.toLowerCase());
  if (of.length === 0) return null;
  const common = (p: Parameter): boolean => of.length > 1 && of.every((other) => other.changed.some((q) => q.name === p.name && value(q.value) === value(p.value)));
  const apart = (one: ModelBrief): string => [one.steps.length > 0 && of.length > 1 ? one.steps.at(-1) : "", ...one.changed.filter((p) => !common(p) && !isEstimator(p.value)).map((p) => `${p.name}=${value(p.value)}`)].filter(Boolean).join(", ");
  const named = of.find((one) => one.metrics.length > 0)?.metrics[0]?.name;
  return (
    <Card title={title} flush actions={named && <span className="muted small">{named}</span>}>
      <table className="table fixed related">
        <tbody>
          {of.slice(0, all ? undefined : 12).map((one) => {
            const best = one.metrics.find((metric_) => metric_.name === named);
            return (
              <tr key={one.model_id}>
                <td>
                  <div className="ellipsis">
                    <ModelLink model={one} />
                  </div>
                  <div className="muted small ellipsis" title={apart(one)}>
                    {apart(one) || shortId(one.model_id)}
                  </div>
                </td>
                <td className="num" title={best?.name}>
                  {best ? metric(best.value) : ""}
                </td>
                {than && (
                  <td className="num">
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
      {of.length > 12 && (
        <button type="button" className="btn quiet small" onClick={() => setAll(!all)}>
          {all ? "Fewer" : `All ${number(of.length)}`}
        </button>
      )}
    </Card>
  );
}
