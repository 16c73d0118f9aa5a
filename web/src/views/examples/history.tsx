/** One example over all models that predicted it, oldest first. */
import { useExampleHistory } from "@/api/queries";
import { number, plural, said, value } from "@/lib/format";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { Facts, ModelLink, When } from "@/ui/parts";
import { Answer } from "@/ui/states";
import { Prediction } from "./examples";

export function History({ dataset, row, output, onClose }: { dataset: string; row: number; output: number; onClose: () => void }) {
  const history = useExampleHistory(dataset, row, output);
  return (
    <aside className="drawer" aria-label={`Example ${row}`}>
      <header>
        <h2 className="grow">Example {number(row)}</h2>
        <CopyMenu sql={history.data?.sql} />
        <button type="button" className="btn quiet icon" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <Answer of={history}>
        {(data) =>
          !data.available ? (
            <p className="muted small">{data.reason}</p>
          ) : (
            <div className="stack">
              <Facts of={[["Label", said(data.label)], ["Output", data.n_outputs > 1 ? number(data.output) : null], ["Key", data.example && <span className="mono small">{data.example}</span>], ...data.columns.map((column, index) => [column, value(data.values[index])] as const)]} />
              <h3>
                {plural(data.moments.length, "prediction")}
                {data.moments.some((one) => one.prediction.correct !== null) && `, ${number(data.moments.filter((one) => one.prediction.correct).length)} right`}
              </h3>
              <div className="row" style={{ gap: 1, flexWrap: "wrap" }} role="img" aria-label="Right and wrong, oldest first">
                {data.moments.map((one) => (
                  <span key={one.model.model_id} style={{ width: 7, height: 16, borderRadius: 1, background: one.prediction.correct === null ? "var(--line-strong)" : one.prediction.correct ? "var(--good)" : "var(--bad)" }} />
                ))}
              </div>
              <table className="table">
                <tbody>
                  {data.moments.map((one) => (
                    <tr key={one.model.model_id}>
                      <td>
                        <ModelLink model={one.model} />
                        <div className="muted small">
                          <When at={one.model.created_at} />
                        </div>
                      </td>
                      <td>
                        <Prediction of={one.prediction} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Answer>
    </aside>
  );
}
