/** The examples that set compared models apart. */
import type { Comparison, Flips } from "@/api/types";
import { number, said } from "@/lib/format";
import { Link } from "@/router/link";
import { ofOutput, to } from "@/router/router";
import { Icon } from "@/ui/icon";
import { Card, OutputSelect } from "@/ui/parts";
import type { Subject } from "./keys";

interface Props {
  of: Flips;
  data: Comparison;
  subjects: Subject[];
  onOutput: (output: string | null) => void;
}

export function FlipCard({ of, data, subjects, onOutput }: Props) {
  const outputs = <OutputSelect n={of.n_outputs} value={of.output} onChange={onOutput} />;
  if (!of.available) {
    return (
      <Card title="Examples they disagree on" actions={outputs}>
        <p className="muted small">{of.reason ?? "No predictions on common data are stored."}</p>
      </Card>
    );
  }
  const regression = of.problem_type === "regression";
  const open = (show: string) => to.examplesOf(of.dataset_id ?? "", data.ids, show, data.models[0]?.project) + ofOutput(of);
  return (
    <Card
      title={regression ? "Examples they are furthest apart on" : "Examples they disagree on"}
      flush
      actions={
        of.dataset_id && (
          <>
            {outputs}
            <span className="muted small">
              {regression ? `${number(of.n_rows)} on ` : `${number(of.total)} of ${number(of.n_rows)} on `}
              {of.dataset_name ?? "the dataset"}
            </span>
            <Link className="btn small" href={regression ? `${open("all")}&order=worst` : open("disagree")}>
              {regression ? "All, the worst first" : `All ${number(of.total)}`}
            </Link>
            {!regression && (
              <Link className="btn small" href={open("all_wrong")}>
                {data.ids.length === 2 ? "Both" : "All"} wrong: {number(of.all_wrong)}
              </Link>
            )}
          </>
        )
      }
    >
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th scope="col" className="num">row</th>
              <th scope="col">label</th>
              {subjects.map((subject) => (
                <th key={subject.id} scope="col">
                  {subject.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {of.flips.slice(0, 15).map((flip) => (
              <tr key={flip.row}>
                <td className="num">
                  <Link href={`${open("all")}&row=${flip.row}`} title="What every model said about this example">
                    {flip.row}
                  </Link>
                </td>
                <td>{said(flip.label)}</td>
                {flip.predictions.map((one, index) => (
                  <td key={index} className={flip.correct[index] === null ? "" : flip.correct[index] ? "ok" : "wrong"}>
                    {flip.correct[index] !== null && <Icon name={flip.correct[index] ? "check" : "close"} size={11} />} {said(one)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {of.total === 0 && <p className="muted small" style={{ padding: 12 }}>They agree on every example.</p>}
      </div>
    </Card>
  );
}
