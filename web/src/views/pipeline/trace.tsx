/** The way of one column: where it came from, where it went, which models learnt from it. */
import { useTrace } from "@/api/queries";
import type { ColumnTrace, TraceNode } from "@/api/types";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { ModelLink } from "@/ui/parts";
import { Answer } from "@/ui/states";

interface Props {
  dataset: string;
  column: string;
  onBack?: () => void;
  onColumn: (dataset: string, column: string) => void;
}

export function Trace({ dataset, column, onBack, onColumn }: Props) {
  const trace = useTrace(dataset, column);
  return (
    <div className="stack">
      <div className="row">
        {onBack && (
          <button type="button" className="btn quiet small" onClick={onBack}>
            <Icon name="left" size={12} /> Columns
          </button>
        )}
        <h3 className="grow ellipsis">{column}</h3>
        <CopyMenu sql={trace.data?.sql} />
      </div>
      <Answer of={trace}>{(data) => <Steps of={data} onColumn={onColumn} />}</Answer>
    </div>
  );
}

const RELATIONS: Record<string, string> = { same: "unchanged", derived: "new content", possible: "made from it" };

function Steps({ of, onColumn }: { of: ColumnTrace; onColumn: Props["onColumn"] }) {
  const side = (direction: string) => of.nodes.filter((node) => node.direction === direction);
  const edge = (node: TraceNode) => of.edges.find((one) => (node.direction === "before" ? one.source === node.id : one.target === node.id));
  const list = (nodes: TraceNode[]) => (
    <ul className="stack" style={{ gap: 6 }}>
      {nodes.map((node) => {
        const by = edge(node);
        return (
          <li key={node.id} className="card" style={{ padding: "6px 10px" }}>
            <div className="row">
              <button type="button" className="btn quiet small" onClick={() => onColumn(node.dataset.dataset_id, node.column)}>
                {node.column}
              </button>
              <span className="muted small">in</span>
              <Link className="ellipsis small" href={to.dataset(node.dataset.dataset_id)}>
                {node.dataset.name ?? node.dataset.dataset_id}
              </Link>
              <span className="muted small" style={{ marginLeft: "auto" }}>
                {node.dtype}
              </span>
            </div>
            {by && (
              <div className="small muted">
                {RELATIONS[by.relation] ?? by.relation} · {by.operation.split(".").slice(-2).join(".")}
              </div>
            )}
          </li>
        );
      })}
    </ul>
  );
  const [before, after] = [side("before"), side("after")];
  return (
    <div className="stack">
      <section>
        <h3>Comes from</h3>
        {of.files.map((file) => (
          <p key={file} className="mono small">
            {file}
          </p>
        ))}
        {before.length > 0 ? list(before) : of.files.length === 0 && <p className="muted small">Nothing recorded before.</p>}
      </section>
      <section>
        <h3>Goes to</h3>
        {after.length > 0 ? list(after) : <p className="muted small">Nothing recorded after.</p>}
      </section>
      {of.models.length > 0 && (
        <section>
          <h3>Models that learnt from it</h3>
          <ul>
            {of.models.map((model) => (
              <li key={model.model_id}>
                <ModelLink model={model} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {of.truncated && <p className="muted small">There is more than is shown.</p>}
    </div>
  );
}
