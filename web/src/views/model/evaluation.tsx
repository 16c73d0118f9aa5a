/** How the model does, computed from its stored predictions. */
import { useMemo } from "react";
import { useEvaluation } from "@/api/queries";
import type { Confusion, Curve, Evaluation, ModelDetail } from "@/api/types";
import { metric, number } from "@/lib/format";
import { categorical, onRamp, ramp } from "@/plot/colors";
import { Lines, type Line } from "@/plot/lines";
import { Spark } from "@/plot/bars";
import { Link } from "@/router/link";
import { ofOutput, seg, to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Card, OutputSelect, Select } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { useDark } from "@/ui/theme";
import { FurthestOff, ResidualPlot } from "./residuals";

/** The evaluation that the address asks for: on one of the datasets, of one of the outputs. */
export function useShownEvaluation(id: string) {
  const url = useUrlState();
  const output = Number(url.text("output")) || 0;
  return { url, output, answer: useEvaluation(id, url.text("on"), output) };
}

/** Classes up to which the table of confusions leaves room for another figure beside it. */
const HALF_A_ROW = 6;

export function EvaluationCard({ model }: { model: ModelDetail }) {
  const { url, output, answer } = useShownEvaluation(model.model_id);
  const data = answer.data;
  return (
    <Card
      title="Evaluation"
      actions={
        <>
          {data && data.datasets.length > 1 && (
            <Select label="on" value={data.dataset_id ?? ""} options={data.datasets.map((set) => ({ value: set.dataset_id, text: `${set.name ?? set.dataset_id} (${number(set.n_rows)})` }))} onChange={(on) => url.set({ on })} />
          )}
          {data && <OutputSelect n={data.n_outputs} value={output} onChange={(next) => url.set({ output: next })} />}
          {data?.available && data.dataset_id && (
            <Link className="btn" href={`${to.examplesOf(data.dataset_id, [model.model_id], data.residuals ? "all" : "any_wrong", model.project)}&order=worst${ofOutput(data)}`}>
              Its worst mistakes
            </Link>
          )}
          {data?.available && <CopyMenu sql={data.sql} />}
        </>
      }
    >
      <Answer of={answer}>{(evaluation) => (evaluation.available ? <Plots of={evaluation} model={model} /> : <p className="muted small">{evaluation.reason ?? "No predictions of this model are stored."}</p>)}</Answer>
    </Card>
  );
}

function Plots({ of, model }: { of: Evaluation; model: ModelDetail }) {
  const dark = useDark();
  const example = (row: number) => `${to.example(of.dataset_id!, row, [model.model_id], model.project)}${ofOutput(of)}`;
  const roc = useMemo(() => curves(of.roc, dark, "AUC"), [of.roc, dark]);
  const pr = useMemo(() => curves(of.precision_recall, dark, "AP"), [of.precision_recall, dark]);
  const calibration = useMemo(() => calibrationLines(of, dark), [of, dark]);
  return (
    <div className="stack">
      <div className="stats">
        {of.accuracy !== null && <Stat name="accuracy" text={metric(of.accuracy)} />}
        {of.residuals && (
          <>
            <Stat name="R²" text={metric(of.residuals.r2)} />
            <Stat name="MAE" text={number(of.residuals.mae)} />
            <Stat name="RMSE" text={number(of.residuals.rmse)} />
            <Stat name="bias" text={number(of.residuals.bias)} />
          </>
        )}
        <Stat name={`examples on ${of.dataset_name ?? "the dataset"}`} text={number(of.n_rows)} />
      </div>
      <div className="cols">
        {of.confusion && (
          <figure className={of.confusion.labels.length > HALF_A_ROW ? "whole-row" : undefined}>
            <h3>Confusion</h3>
            <ConfusionTable of={of.confusion} href={(label, prediction) => (of.dataset_id ? `${to.examplesOf(of.dataset_id, [model.model_id], "all", model.project)}&label=${seg(label)}&prediction=${seg(prediction)}${ofOutput(of)}` : "#")} />
            <p className="muted small">Click a number to see its examples.</p>
          </figure>
        )}
        {of.classes.length > 0 && (
          <figure>
            <h3>By class</h3>
            <div className="scroll-x">
              <table className="table">
                <thead>
                  <tr>
                    <th scope="col">class</th>
                    <th scope="col" className="num">precision</th>
                    <th scope="col" className="num">recall</th>
                    <th scope="col" className="num">F1</th>
                    <th scope="col" className="num">examples</th>
                  </tr>
                </thead>
                <tbody>
                  {of.classes.map((one) => (
                    <tr key={one.label}>
                      <th scope="row">{one.label}</th>
                      <td className="num">{metric(one.precision)}</td>
                      <td className="num">{metric(one.recall)}</td>
                      <td className="num">{metric(one.f1)}</td>
                      <td className="num">{number(one.support)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </figure>
        )}
        {roc.length > 0 && (
          <figure>
            <h3>ROC</h3>
            <Lines label="ROC curve" lines={[chance(dark), ...roc]} height={260} xDomain={[0, 1]} yDomain={[0, 1.02]} xTitle="false positive rate" yTitle="true positive rate" />
            <CurveKey of={roc} />
          </figure>
        )}
        {pr.length > 0 && (
          <figure>
            <h3>Precision and recall</h3>
            <Lines label="Precision-recall curve" lines={pr} height={260} xDomain={[0, 1]} yDomain={[0, 1.02]} xTitle="recall" yTitle="precision" />
            <CurveKey of={pr} />
          </figure>
        )}
        {calibration.length > 0 && (
          <figure>
            <h3>Calibration</h3>
            <Lines label="Calibration: observed share by predicted probability" lines={[chance(dark), ...calibration]} height={260} xDomain={[0, 1]} yDomain={[0, 1.02]} xTitle="predicted probability" yTitle="observed share" />
          </figure>
        )}
        {of.residuals && (
          <>
            <figure>
              <h3>Predicted against actual</h3>
              <ResidualPlot of={of.residuals} href={example} kind="actual" />
              <p className="muted small">Click a point to see what every model said about it.</p>
            </figure>
            <figure>
              <h3>Residuals</h3>
              <ResidualPlot of={of.residuals} href={example} kind="residual" />
              <Spark counts={of.residuals.histogram.counts} label={`Histogram of residuals from ${number(of.residuals.histogram.edges[0])} to ${number(of.residuals.histogram.edges.at(-1))}`} />
              <div className="row spread muted small">
                <span>{number(of.residuals.histogram.edges[0])}</span>
                <span>{number(of.residuals.histogram.edges.at(-1))}</span>
              </div>
            </figure>
            <figure>
              <h3>Furthest off</h3>
              <FurthestOff of={of.residuals} href={example} />
            </figure>
          </>
        )}
      </div>
    </div>
  );
}

function Stat({ name, text }: { name: string; text: string }) {
  return (
    <div className="stat">
      <b>{text}</b>
      <span>{name}</span>
    </div>
  );
}

function CurveKey({ of }: { of: Line[] }) {
  return (
    <div className="legend">
      {of.slice(0, 12).map((line) => (
        <span key={line.id} className="key">
          <svg width="12" height="3" aria-hidden="true">
            <rect width="12" height="3" fill={line.color} />
          </svg>
          {line.name}
        </span>
      ))}
    </div>
  );
}

function curves(of: readonly Curve[], dark: boolean, area: string): Line[] {
  return of.map((curve, index) => ({
    id: curve.label,
    name: `${curve.label}${curve.area === null ? "" : ` · ${area} ${metric(curve.area)}`}`,
    color: categorical(index, dark),
    ...ascending(curve.x, curve.y),
  }));
}

/** Precision-recall curves come from right to left; drawing looks points up by x. */
function ascending(x: number[], y: number[]): { x: number[]; y: number[] } {
  return (x[0] ?? 0) <= (x.at(-1) ?? 0) ? { x, y } : { x: [...x].reverse(), y: [...y].reverse() };
}

const chance = (dark: boolean): Line => ({ id: "chance", name: "diagonal", color: dark ? "#5c6572" : "#a3abb7", x: [0, 1], y: [0, 1], dash: [4, 4], quiet: true });

function calibrationLines(of: Evaluation, dark: boolean): Line[] {
  const labels = [...new Set(of.calibration.map((point) => point.label))];
  return labels.map((label, index) => {
    const points = of.calibration.filter((point) => point.label === label).sort((a, b) => a.predicted - b.predicted);
    return { id: label, name: label, color: categorical(index, dark), x: points.map((point) => point.predicted), y: points.map((point) => point.observed) };
  });
}

/** Counts by true and predicted class; shading is the share of the true class. */
export function ConfusionTable({ of, href }: { of: Confusion; href: (label: string, prediction: string) => string }) {
  const dark = useDark();
  return (
    <div className="scroll-x">
      <table className="confusion">
        <thead>
          <tr>
            <th scope="col">true ↓ predicted →</th>
            {of.labels.map((label) => (
              <th key={label} scope="col">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.counts.map((row, i) => {
            const total = row.reduce((sum, count) => sum + count, 0);
            return (
              <tr key={of.labels[i]}>
                <th scope="row">{of.labels[i]}</th>
                {row.map((count, j) => {
                  const share = total === 0 ? 0 : count / total;
                  const style = count === 0 ? {} : { background: ramp(share, dark), color: onRamp(share, dark) };
                  return (
                    <td key={j} style={style} title={`${of.labels[i]} predicted as ${of.labels[j]}: ${count} (${Math.round(share * 100)} %)`}>
                      {count === 0 ? (
                        <span className="faint" aria-hidden="true">·</span>
                      ) : (
                        <Link href={href(of.labels[i]!, of.labels[j]!)} aria-label={`${count} of ${of.labels[i]} predicted as ${of.labels[j]}`}>
                          {number(count)}
                        </Link>
                      )}
                    </td>
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
