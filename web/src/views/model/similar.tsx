/** The models nearest to this one, asked for when somebody gets as far down as this. */
import type { UseQueryResult } from "@tanstack/react-query";
import { ApiError } from "@/api/client";
import { useSimilar } from "@/api/queries";
import type { ModelDetail, SimilarModel, SimilarModels } from "@/api/types";
import { metric } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Card, madeOf, ModelLink, modelName, Segmented } from "@/ui/parts";
import { useSeen } from "@/ui/seen";
import { Answer } from "@/ui/states";

const FEW = 10;
const MANY = 100;

/** What can be compared, and with which models. */
const MEASURES = {
  hyperparameters: "Models of the same class, by how near their hyperparameters are",
  parts: "Models of any class that share arrays, trees or vocabularies with this one, by the share of bytes",
  weights: "Models of the same class with as many features, by the distance between their weights",
  predictions: "Models asked about the same examples, by how often they agree",
} as const;

type Measure = keyof typeof MEASURES;

export function SimilarCard({ model }: { model: ModelDetail }) {
  const url = useUrlState();
  const [ref, seen] = useSeen<HTMLDivElement>();
  const asked = url.text("by");
  const by: Measure = asked in MEASURES ? (asked as Measure) : "hyperparameters";
  const limit = url.text("near") === "all" ? MANY : FEW;
  const answer = useSimilar(seen ? model.model_id : null, by, limit);
  const measures = Object.keys(MEASURES) as Measure[];
  return (
    <div ref={ref}>
      <Card title="Similar models" actions={<CopyMenu sql={answer.data?.sql} python={answer.data?.python} />}>
        <div className="stack">
          <div className="row wrap">
            <Segmented label="Compared by" value={by} options={measures.map((one) => [one, one] as const)} onChange={(next) => url.set({ by: next === "hyperparameters" ? null : next, near: null }, { replace: true })} />
            <span className="muted small">{MEASURES[by]}.</span>
          </div>
          {seen && <Found of={answer} onMore={() => url.set({ near: "all" }, { replace: true })} />}
        </div>
      </Card>
    </div>
  );
}

function Found({ of, onMore }: { of: UseQueryResult<SimilarModels, Error>; onMore: () => void }) {
  // That nothing is known to compare is an answer, too.
  if (of.error instanceof ApiError && of.error.status === 404) return <p className="muted small">{of.error.message}</p>;
  return (
    <Answer of={of} lines={5}>
      {(data) => <Near of={data} onMore={onMore} />}
    </Answer>
  );
}

function Near({ of, onMore }: { of: SimilarModels; onMore: () => void }) {
  if (of.models.length === 0) return <p className="muted small">No other model can be compared with this one by its {of.by}.</p>;
  const named = of.models.find((one) => one.model.metrics.length > 0)?.model.metrics[0]?.name;
  return (
    <>
      <div className="scroll-x">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">model</th>
              <th scope="col">similarity</th>
              <th scope="col">{of.by === "hyperparameters" ? "what is different" : "what was compared"}</th>
              {named && <th scope="col" className="num">{named}</th>}
              <th scope="col">
                <span className="visually-hidden">Compare</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {of.models.map((one) => (
              <Row key={one.model.model_id} of={one} than={of.model_id} named={named} />
            ))}
          </tbody>
        </table>
      </div>
      {of.truncated && of.models.length < MANY && (
        <button type="button" className="btn quiet small" onClick={onMore}>
          More
        </button>
      )}
    </>
  );
}

function Row({ of, than, named }: { of: SimilarModel; than: string; named: string | undefined }) {
  const value = of.model.metrics.find((one) => one.name === named)?.value;
  const kind = madeOf(of.model);
  return (
    <tr>
      <td>
        <ModelLink model={of.model} />
        {!modelName(of.model).startsWith(kind) && (
          <div className="muted small ellipsis" style={{ maxWidth: 220 }} title={kind}>
            {kind}
          </div>
        )}
      </td>
      <td>
        <span className="row" style={{ gap: 8 }}>
          <span className="meter" style={{ width: 56 }}>
            <i style={{ width: `${of.similarity * 100}%` }} />
          </span>
          <span className="num">{of.similarity.toFixed(3)}</span>
        </span>
      </td>
      <td className="small" style={{ overflowWrap: "anywhere", minWidth: 140 }}>
        {of.compared === "equal" ? <span className="muted">nothing</span> : of.compared}
      </td>
      {named && <td className="num">{metric(value)}</td>}
      <td className="num">
        <Link className="small" href={to.compare([than, of.model.model_id])}>
          compare
        </Link>
      </td>
    </tr>
  );
}
