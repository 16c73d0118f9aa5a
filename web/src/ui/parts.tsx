/** Small pieces that several views share. */
import type { ReactNode } from "react";
import type { DatasetBrief, ModelBrief, ModelDetail, RunBrief } from "@/api/types";
import { ago, date, leaf, shortId } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { Icon } from "./icon";

export function Segmented<T extends string>(props: { label: string; value: T; options: readonly (readonly [T, ReactNode])[]; onChange: (value: T) => void }) {
  return (
    <div className="segmented" role="group" aria-label={props.label}>
      {props.options.map(([value, text]) => (
        <button key={value} type="button" aria-pressed={value === props.value} onClick={() => props.onChange(value)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export interface Option {
  value: string;
  text: string;
  group?: string;
}

export function Select(props: { label: string; value: string; options: readonly Option[]; onChange: (value: string) => void; hideLabel?: boolean }) {
  const groups = [...new Set(props.options.map((option) => option.group ?? ""))];
  const known = props.options.some((option) => option.value === props.value);
  const select = (
    <select className="select" aria-label={props.label} value={props.value} onChange={(event) => props.onChange(event.target.value)}>
      {!known && <option value={props.value}>{props.value || "Choose…"}</option>}
      {groups.map((group) => {
        const options = props.options.filter((option) => (option.group ?? "") === group).map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ));
        return group === "" ? options : <optgroup key={group} label={group}>{options}</optgroup>;
      })}
    </select>
  );
  if (props.hideLabel) return select;
  return (
    <label className="labelled">
      {props.label}
      {select}
    </label>
  );
}

/** Which output of a model that has several, numbered as in the view `predictions`; nothing where there is one. */
export function OutputSelect({ n, value, onChange }: { n: number; value: number; onChange: (value: string | null) => void }) {
  if (n < 2 && value === 0) return null;
  return <Select label="output" value={String(value)} options={Array.from({ length: n }, (_, index) => ({ value: String(index), text: String(index) }))} onChange={(next) => onChange(next === "0" ? null : next)} />;
}

export function Card(props: { title?: ReactNode; actions?: ReactNode; children: ReactNode; flush?: boolean; id?: string }) {
  return (
    <section className="card" id={props.id}>
      {props.title !== undefined && (
        <header>
          <h2>{props.title}</h2>
          {props.actions}
        </header>
      )}
      <div className={props.flush ? "body flush" : "body"}>{props.children}</div>
    </section>
  );
}

export function Facts({ of }: { of: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {of
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => (
          <FactPair key={name} name={name} value={value} />
        ))}
    </dl>
  );
}

function FactPair({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

const TONES: Record<string, string> = { finished: "good", failed: "bad", killed: "warn", running: "accent", ok: "good" };

export function Status({ of }: { of: string }) {
  return <span className={`badge ${TONES[of] ?? ""}`}>{of}</span>;
}

export function When({ at }: { at: number | null | undefined }) {
  return at === null || at === undefined ? <span className="null">–</span> : <time title={date(at)}>{ago(at)}</time>;
}

const PLAIN = /^(model|clf|reg|est|estimator|classifier|regressor|learner|pipe|pipeline|search|grid|self|m|lr|rf|svc|knn|nb)\d*$/i;

type Named = Pick<ModelBrief, "name" | "type"> & { steps?: readonly string[] };

/** What people call a model: its name, unless that is what everybody calls a variable; then what it is. */
export function modelWord(model: Named): { text: string; own: boolean } {
  // "Pipeline → Lasso" is what the recorder calls a pipeline that has no name.
  if (model.name && !PLAIN.test(model.name) && !model.name.startsWith(`${model.type} → `)) return { text: model.name, own: true };
  // A pipeline is known by what it ends with.
  const end = /Pipeline/.test(model.type) ? (model.steps?.at(-1) ?? (model.name?.includes(" → ") ? model.name : undefined)) : undefined;
  return { text: (end ?? model.type).split(" → ").at(-1)!, own: false };
}

/** The same where there is no id beside it: what has no name of its own gets the beginning of its id. */
export function modelName(model: Named & { model_id: string }): string {
  const { text, own } = modelWord(model);
  return own ? text : `${text} ${model.model_id.slice(2, 6)}`;
}

/** What kind of model it is: the type, and what a pipeline or search is made of. */
export function madeOf(model: Pick<Named, "type" | "steps">): string {
  if (!model.steps?.length) return model.type;
  return /Pipeline/.test(model.type) ? model.steps.join(" → ") : `${model.type} of ${model.steps.join(", ")}`;
}

/** A model in full as lists have it. */
export function briefOf(model: ModelDetail): Named & { model_id: string; steps: string[] } {
  const steps = model.children.filter((child) => child.role === "step").map((child) => (child.type.endsWith("Pipeline") && child.name?.includes(" → ") ? child.name : child.type));
  return { model_id: model.model_id, name: model.name, type: model.type, steps };
}

export function ModelLink({ model }: { model: ModelBrief }) {
  return (
    <Link href={to.model(model.model_id)} title={`${madeOf(model)} · ${model.model_id}`}>
      {modelName(model)}
    </Link>
  );
}

export function RunLink({ run }: { run: Pick<RunBrief, "run_id" | "name"> }) {
  return (
    <Link href={to.run(run.run_id)} title={run.run_id}>
      {run.name || shortId(run.run_id)}
    </Link>
  );
}

/** What people call a dataset: its name, the file it came from, or its id. */
export function datasetName(dataset: Pick<DatasetBrief, "dataset_id" | "name"> & Partial<DatasetBrief>): string {
  return dataset.name || (dataset.source ? leaf(dataset.source) : "") || shortId(dataset.dataset_id);
}

export function DatasetLink({ dataset }: { dataset: Pick<DatasetBrief, "dataset_id" | "name"> & Partial<DatasetBrief> }) {
  return (
    <Link href={to.dataset(dataset.dataset_id)} title={dataset.dataset_id}>
      {datasetName(dataset)}
    </Link>
  );
}

/** The line at the top of a page: where it is, its name, what can be done. */
export function Head(props: { crumbs?: readonly (readonly [string, string])[]; title: ReactNode; after?: ReactNode; children?: ReactNode }) {
  return (
    <header className="head">
      <button type="button" className="btn quiet icon menu-button" aria-label="Menu" onClick={() => document.querySelector(".shell")?.classList.toggle("open")}>
        <Icon name="menu" />
      </button>
      {props.crumbs && (
        <nav className="crumbs" aria-label="Where you are">
          {props.crumbs.map(([text, href]) => (
            <span key={href} className="row">
              <Link className="ellipsis" href={href} title={text}>
                {text}
              </Link>
              <span aria-hidden="true">/</span>
            </span>
          ))}
        </nav>
      )}
      <h1 title={typeof props.title === "string" ? props.title : undefined}>{props.title}</h1>
      {props.after}
      <div className="actions">{props.children}</div>
    </header>
  );
}
