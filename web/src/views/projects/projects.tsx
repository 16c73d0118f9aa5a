/** All projects as cards: how many, how recent, how good, of what kind. */
import { useProjects } from "@/api/queries";
import type { MetricSummary, ProjectCard, TypeCount } from "@/api/types";
import { metric, number, plural } from "@/lib/format";
import { categorical } from "@/plot/colors";
import { Dot } from "@/plot/legend";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Head, madeOf, modelName, When } from "@/ui/parts";
import { Answer, Empty } from "@/ui/states";
import { useDark } from "@/ui/theme";

const SQL = `WITH hidden AS (SELECT target_id FROM tags WHERE key = 'hidden')
SELECT p.name,
       (SELECT count(*) FROM runs r WHERE r.project = p.name AND r.run_id NOT IN (FROM hidden)) AS runs,
       (SELECT count(*) FROM models m
        WHERE m.project = p.name AND m.role = 'model' AND m.model_id NOT IN (FROM hidden)) AS models,
       (SELECT max(r.started_at) FROM runs r WHERE r.project = p.name) AS last_run
FROM projects p
ORDER BY last_run DESC NULLS LAST`;

export function Projects() {
  const url = useUrlState();
  const q = url.text("q");
  const projects = useProjects(q);
  return (
    <>
      <Head title="Projects" after={projects.data && <span className="muted small">{plural(projects.data.total, "project")}</span>}>
        <input
          className="field"
          type="search"
          data-search
          aria-label="Search projects"
          placeholder="Search projects"
          value={q}
          onChange={(event) => url.set({ q: event.target.value }, { replace: true })}
        />
        <CopyMenu sql={SQL} />
      </Head>
      <div className="page">
        <Answer of={projects}>
          {({ projects: cards }) =>
            cards.length > 0 ? (
              <div className="cards">
                {cards.map((card) => (
                  <Card key={card.project_id} card={card} q={q} />
                ))}
              </div>
            ) : q !== "" ? (
              <Empty title={`No project matches “${q}”`}>
                <button type="button" className="btn" onClick={() => url.set({ q: null })}>
                  Show all
                </button>
              </Empty>
            ) : (
              <Empty title="Nothing recorded yet">
                <p>Record a script you already have, unchanged, and it appears here while it runs:</p>
                <pre>modeldb run train.py{"\n\n"}# or, in the script{"\n"}import modeldb{"\n"}modeldb.autolog()</pre>
                <p className="muted">To look around with sample models: modeldb demo</p>
              </Empty>
            )
          }
        </Answer>
      </div>
    </>
  );
}

function Card({ card, q }: { card: ProjectCard; q: string }) {
  return (
    <article className="card project-card">
      <div className="row spread">
        <h2 className="ellipsis">
          <Link href={card.n_models === 0 && card.n_runs > 0 ? to.runs(card.name) : to.models(card.name)}>
            <Marked text={card.name} q={q} />
          </Link>
        </h2>
        <span className="muted small">
          <When at={card.last_activity} />
        </span>
      </div>
      {(card.description || card.author) && (
        <p className="small muted">
          <Marked text={[card.description, card.author && `by ${card.author}`].filter(Boolean).join(" · ")} q={q} />
        </p>
      )}
      <div className="line">
        <span>
          <b>{number(card.n_models)}</b> {card.n_models === 1 ? "model" : "models"}
        </span>
        <span>
          <b>{number(card.n_runs)}</b> {card.n_runs === 1 ? "run" : "runs"}
        </span>
        <span>
          <b>{number(card.n_datasets)}</b> {card.n_datasets === 1 ? "dataset" : "datasets"}
        </span>
        {card.n_hidden > 0 && (
          <span className="muted small" title="Hidden models and runs are not counted and never the best; below a table there is a way to show them.">
            {number(card.n_hidden)} hidden
          </span>
        )}
        {card.n_running > 0 && <span className="badge accent">{card.n_running} running</span>}
        {card.n_failed > 0 && <span className="badge bad">{card.n_failed} failed</span>}
      </div>
      <Best of={card.metrics[0]} />
      <Metrics of={card.metrics} />
      <TypeBar types={card.model_types} />
      <Activity days={card.activity} />
    </article>
  );
}

/** The model people come for, by the metric the table is sorted by. */
function Best({ of }: { of: MetricSummary | undefined }) {
  if (!of?.best_model_id || of.best === null) return null;
  const model = { model_id: of.best_model_id, name: of.best_model_name, type: of.best_model_type ?? "model", steps: of.best_model_steps?.split(" → ") ?? [] };
  return (
    <div className="best-model">
      <span className="muted small">best model</span>
      <Link className="ellipsis" href={to.model(of.best_model_id)} title={`${madeOf(model)} · ${of.best_model_id}`}>
        {modelName(model)}
      </Link>
      <span className="num">
        <span className="muted small">{of.name}</span> <b>{metric(of.best)}</b>
      </span>
    </div>
  );
}

function TypeBar({ types }: { types: TypeCount[] }) {
  const dark = useDark();
  const total = types.reduce((sum, type) => sum + type.count, 0);
  if (total === 0) return null;
  const shown = types.slice(0, 5);
  const rest = types.slice(5).reduce((sum, type) => sum + type.count, 0);
  const parts = rest > 0 ? [...shown, { type: `${types.length - 5} others`, count: rest }] : shown;
  return (
    <div>
      <div className="typebar" role="img" aria-label={parts.map((type) => `${type.type}: ${type.count}`).join(", ")}>
        {parts.map((type, index) => (
          <i key={type.type} title={`${type.type}: ${type.count}`} style={{ flexGrow: type.count, background: categorical(index, dark) }} />
        ))}
      </div>
      <div className="legend">
        {parts.map((type, index) => (
          <span key={type.type} className="key">
            <Dot color={categorical(index, dark)} />
            <span className="ellipsis">{type.type}</span>
            <span className="muted">{type.count}</span>
          </span>
        ))}
      </div>
    </div>
  );
}

function Metrics({ of }: { of: MetricSummary[] }) {
  if (of.length === 0) return <p className="small muted">No metric measured yet.</p>;
  return (
    <div className="mini-table">
      <span className="h">metric</span>
      <span className="h num">best</span>
      <span className="h num">mean</span>
      <span className="h num">range</span>
      {of.slice(0, 4).map((one) => (
        <div key={one.name} style={{ display: "contents" }}>
          <span className="ellipsis" title={`${one.name}, of ${plural(one.count, one.best_model_id === null ? "run" : "model")}`}>{one.name}</span>
          <span className="num">
            <b>{metric(one.best)}</b>
          </span>
          <span className="num muted">{one.count > 1 ? metric(one.mean) : ""}</span>
          <span className="num muted">
            {one.count > 1 ? `${metric(one.min)} – ${metric(one.max)}` : ""}
          </span>
        </div>
      ))}
    </div>
  );
}

function Activity({ days }: { days: number[] }) {
  const most = Math.max(...days, 1);
  const runs = days.reduce((sum, n) => sum + n, 0);
  if (runs === 0) return null;
  return (
    <div className="row spread muted small" style={{ marginTop: "auto" }}>
      <span>{plural(runs, "run")} in the last {days.length} days</span>
      <svg viewBox={`0 0 ${days.length * 4} 16`} height="16" width={days.length * 4} aria-hidden="true">
        {days.map((n, index) => (
          <rect key={index} x={index * 4} width="3" y={n === 0 ? 15 : 15 - (n / most) * 14} height={n === 0 ? 1 : Math.max(1, (n / most) * 14) + 1} fill={n === 0 ? "var(--line)" : "var(--ink-faint)"} />
        ))}
      </svg>
    </div>
  );
}

/** Text with what was searched for marked; built from pieces, never parsed. */
function Marked({ text, q }: { text: string; q: string }) {
  const at = q === "" ? -1 : text.toLowerCase().indexOf(q.toLowerCase());
  if (at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + q.length)}</mark>
      {text.slice(at + q.length)}
    </>
  );
}
