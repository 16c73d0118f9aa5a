/** The comparison in a few sentences: who is ahead, by what, what is different, and on which examples. */
import type { ReactNode } from "react";
import type { CompareMetric, CompareRow, Comparison } from "@/api/types";
import { bytes, duration, metric, number, plural, shortNames, value } from "@/lib/format";
import { Link } from "@/router/link";
import { ofOutput, seg, to } from "@/router/router";
import { Card, madeOf } from "@/ui/parts";
import { isEstimator } from "../model/parameters";
import type { Subject } from "./keys";

const MOST_NAMED = 4;

export function Verdict({ data, subjects }: { data: Comparison; subjects: readonly Subject[] }) {
  const lines: [string, ReactNode][] = [
    ["Better", ahead(data.metrics, subjects)],
    ["Different", different(data, subjects)],
    ["Data", trainedOn(data)],
    ["Cost", cost(data, subjects)],
    ["Examples", examples(data, subjects)],
  ];
  const said = lines.filter(([, line]) => line !== null);
  if (said.length === 0) return null;
  return (
    <Card title="In short">
      <dl className="facts verdict">
        {said.map(([name, line]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{line}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** How often each has the best value, and by how much the first of them leads. */
export function ahead(metrics: readonly CompareMetric[], subjects: readonly Subject[]): ReactNode {
  const judged = metrics.filter((one) => !one.is_training && one.best !== null && one.higher_is_better !== null && one.values.every((v) => v !== null));
  if (judged.length === 0) return null;
  const wins = subjects.map((_, index) => judged.filter((one) => one.best === index).length);
  const best = wins.indexOf(Math.max(...wins));
  const shown = judged.filter((one) => one.best === best).slice(0, MOST_NAMED);
  const others = (one: CompareMetric) => one.values.filter((_, index) => index !== best).map((v) => metric(v)).join(", ");
  return (
    <>
      <b>{subjects[best]!.name}</b> has the better {wins[best] === judged.length ? (judged.length === 1 ? judged[0]!.name : judged.length === 2 ? "value of both metrics" : `value of all ${judged.length} metrics`) : `value of ${wins[best]} of ${judged.length} metrics`}:{" "}
      {shown.map((one, index) => (
        <span key={one.name + (one.dataset_id ?? "")}>
          {index > 0 && "; "}
          {one.name} <b>{metric(one.values[best])}</b> against {others(one)}
        </span>
      ))}
    </>
  );
}

/** What each is made of where that differs, else the hyperparameters somebody chose differently. */
function different(data: Comparison, subjects: readonly Subject[]): ReactNode {
  const kinds = data.models.map(madeOf);
  const parts: string[] = [];
  if (new Set(kinds).size > 1) parts.push(kinds.length === 2 ? apart(kinds[0]!, kinds[1]!) : `${new Set(kinds).size} kinds of model`);
  const chosen = data.parameters.filter((row) => row.differs && !row.values.some(isEstimator) && row.is_default.some((one) => one === false));
  // A hyperparameter that one of them does not have goes with what it is made of.
  const shared = chosen.filter((row) => row.values.every((one) => one !== null));
  const names = shortNames(shared.map((row) => row.name));
  shared.slice(0, MOST_NAMED).forEach((row, index) => parts.push(`${names[index]} ${distinct(row)}`));
  if (shared.length > MOST_NAMED) parts.push(`${shared.length - MOST_NAMED} more hyperparameters`);
  if (parts.length === 0) return data.models.length === subjects.length ? "Same kind of model, same chosen hyperparameters." : null;
  return parts.join("; ");
}

const distinct = (row: CompareRow): string => {
  const texts = row.values.map(value);
  return texts.length === 2 ? `${texts[0]} instead of ${texts[1]}` : [...new Set(texts)].slice(0, 6).join(", ");
};

/** Two chains of steps without what they share. */
export function apart(a: string, b: string): string {
  const [one, other] = [a.split(" → "), b.split(" → ")];
  const only = (mine: string[], theirs: string[]) => mine.filter((step) => !theirs.includes(step)).join(" → ");
  const [left, right] = [only(one, other), only(other, one)];
  if (left === "" && right === "") return "the order of the steps";
  if (right === "") return `${left} in addition`;
  return left === "" ? `without ${right}` : `${left} instead of ${right}`;
}

function trainedOn(data: Comparison): ReactNode {
  const ids = data.facts.find((row) => row.name === "data id")?.values as (string | null)[] | undefined;
  if (!ids || ids.some((id) => id === null)) return null;
  if (new Set(ids).size === 1) return <>Trained on <Link href={to.dataset(ids[0]!)}>the same data</Link>.</>;
  if (ids.length > 2) return `Trained on ${new Set(ids).size} different datasets.`;
  return (
    <>
      Trained on different data: <Link href={`/data/${seg(ids[1]!)}/diff/${seg(ids[0]!)}`}>what changed</Link>
    </>
  );
}

function cost(data: Comparison, subjects: readonly Subject[]): ReactNode {
  const of = (name: string) => (data.facts.find((row) => row.name === name)?.values ?? []) as (number | null)[];
  const [times, sizes] = [of("fit seconds"), of("size")];
  if (subjects.length !== 2 || times.length !== 2 || times.some((one) => one === null)) return null;
  return (
    <>
      Fitted in {duration(times[0])} against {duration(times[1])}
      {sizes.length === 2 && sizes.every((one) => one !== null) && `, ${bytes(sizes[0])} against ${bytes(sizes[1])}`}.
    </>
  );
}

function examples({ flips, ids, models }: Comparison, subjects: readonly Subject[]): ReactNode {
  if (!flips.available) return flips.reason;
  if (!flips.dataset_id || flips.wins.length !== subjects.length) return null;
  const href = (show: string, of: readonly string[] = ids) => to.examplesOf(flips.dataset_id!, of, show, models[0]?.project) + ofOutput(flips);
  const on = `${flips.dataset_name ?? "the dataset"} (${plural(flips.n_rows, "row")}${flips.n_outputs > 1 ? `, output ${flips.output}` : ""})`;
  if (flips.problem_type === "regression") {
    return (
      <>
        On {on} {subjects.map((subject, index) => `${subject.name} is nearest on ${number(flips.wins[index])}`).join(", ")}: <Link href={`${href("all")}&order=worst`}>the worst of all</Link>
      </>
    );
  }
  const pair = subjects.length === 2;
  return (
    <>
      On {on}{" "}
      {subjects.map((subject, index) => (
        <span key={subject.id}>
          only {subject.name} is right on {pair ? <Link href={href(index === 0 ? "a_right_b_wrong" : "a_wrong_b_right")}>{number(flips.wins[index])}</Link> : number(flips.wins[index])},{" "}
        </span>
      ))}
      {pair ? "both are" : "all are"} wrong on <Link href={href("all_wrong")}>{number(flips.all_wrong)}</Link>.
    </>
  );
}
