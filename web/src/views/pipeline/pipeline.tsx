/** From source files through every action to models and metrics; click anything to see what it is. */
import { useMemo } from "react";
import { useModel, usePipeline, useRun } from "@/api/queries";
import type { Graph, GraphNode } from "@/api/types";
import { adoptInner, collapse, gatherMetrics, type ShownNode } from "@/graph/collapse";
import { GraphView } from "@/graph/graph-view";
import type { Direction } from "@/graph/layout";
import { date, duration, number, plural, shortId, value } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { useFolding } from "@/router/unfolding";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { briefOf, Facts, Head, modelName, Segmented, Status } from "@/ui/parts";
import { Empty, Failure, Loading } from "@/ui/states";
import { ColumnList } from "../data/column-list";
import { Trace } from "./trace";

const DIRECTIONS = [["auto", "Auto"], ["right", "Across"], ["down", "Down"]] as const;

type Kind = "models" | "runs";

export function Pipeline({ params }: { params: { kind: Kind; id: string } }) {
  const { kind, id } = params;
  const graph = usePipeline(kind, id, { limit: 600 });
  const title = useTitle(kind, id);
  const gathered = useMemo(() => graph.data && gatherMetrics(adoptInner(graph.data)), [graph.data]);
  return (
    <>
      <Head crumbs={[["Projects", to.projects()], ...title.crumbs]} title="Pipeline" after={graph.data && <span className="muted small">{plural(graph.data.n_actions, "action")}</span>}>
        <CopyMenu sql={graph.data?.sql} />
      </Head>
      {gathered ? gathered.nodes.length > 0 ? <Workbench graph={gathered} /> : <Empty title="No action led to this" /> : graph.error ? <Failure error={graph.error} retry={() => void graph.refetch()} /> : <Loading lines={10} />}
    </>
  );
}

function useTitle(kind: Kind, id: string): { crumbs: (readonly [string, string])[] } {
  const model = useModel(kind === "models" ? id : null);
  const run = useRun(kind === "runs" ? id : null).data?.run;
  if (model.data) {
    const project = model.data.project;
    return { crumbs: [...(project ? ([[project, to.models(project)]] as const) : []), [modelName(briefOf(model.data)), to.model(model.data.model_id)]] };
  }
  if (run) return { crumbs: [[run.project, to.runs(run.project)], [run.name || shortId(run.run_id), to.run(run.run_id)]] };
  return { crumbs: [[shortId(id), kind === "models" ? to.model(id) : to.run(id)]] };
}

function Workbench({ graph }: { graph: Graph }) {
  const url = useUrlState();
  const parents = useMemo(() => [...new Set(graph.nodes.flatMap((node) => node.parent ?? []))], [graph]);
  const { open, toggle, all } = useFolding(parents);
  const shown = useMemo(() => collapse(graph, open), [graph, open]);
  const direction = (DIRECTIONS.find(([key]) => key === url.text("dir"))?.[0] ?? "auto") as Direction;
  const [chosenText, column] = [url.text("node"), url.text("column")];
  const chosen = graph.nodes.find((node) => node.id === chosenText) ?? null;
  return (
    <>
      <div className="toolbar">
        {parents.length > 0 && (
          <>
            <button type="button" className="btn" onClick={() => all(true)} disabled={parents.every((id) => open.has(id))}>
              Unfold all
            </button>
            <button type="button" className="btn" onClick={() => all(false)} disabled={open.size === 0}>
              Fold all
            </button>
          </>
        )}
        {graph.truncated && <span className="badge warn">Only the first actions are drawn</span>}
        <Segmented label="Direction" value={direction} options={DIRECTIONS} onChange={(next) => url.set({ dir: next === "auto" ? null : next, at: null }, { replace: true })} />
        <span className="muted small">Drag to move, scroll to zoom; a click lights up what leads to a box and what comes of it, + unfolds.</span>
      </div>
      <div className="with-drawer">
        <GraphView shown={shown} direction={direction} chosen={chosen?.id ?? null} camera={url.text("at")} onCamera={(at) => url.set({ at }, { replace: true })} label={`Pipeline of ${plural(shown.nodes.length, "box", "boxes")}`} onChoose={(node) => url.set({ node: node?.id ?? null, column: null }, { replace: true })} onFold={toggle} />
        {chosen && (
          <aside className="drawer" aria-label={`About ${chosen.label}`}>
            <header>
              <div className="grow">
                <div className="muted small">{chosen.kind === "action" ? chosen.action_kind : chosen.kind}</div>
                <h2 style={{ overflowWrap: "anywhere" }}>{chosen.label}</h2>
              </div>
              <button type="button" className="btn quiet icon" aria-label="Close" onClick={() => url.set({ node: null, column: null }, { replace: true })}>
                <Icon name="close" />
              </button>
            </header>
            <About node={chosen} graph={graph} />
            {chosen.kind === "dataset" &&
              (column !== "" ? (
                <Trace dataset={chosen.id} column={column} onBack={() => url.set({ column: null }, { replace: true })} onColumn={(dataset, next) => url.set({ node: dataset, column: next }, { replace: true })} />
              ) : (
                <ColumnList dataset={chosen.id} onTrace={(name) => url.set({ column: name }, { replace: true })} />
              ))}
          </aside>
        )}
      </div>
    </>
  );
}

function About({ node, graph }: { node: GraphNode; graph: Graph }) {
  const names = new Map(graph.nodes.map((other) => [other.id, other]));
  const side = (end: "source" | "target", other: "source" | "target") => graph.edges.filter((edge) => edge[end] === node.id && names.has(edge[other]));
  const href = node.kind === "model" ? to.model(node.id) : node.kind === "dataset" ? to.dataset(node.id) : node.run_id && node.kind === "action" ? to.run(node.run_id) : null;
  return (
    <div className="stack" style={{ marginBottom: 12 }}>
      {href && (
        <p>
          <Link className="btn small" href={href}>
            {node.kind === "action" ? "Open its run" : `Open the ${node.kind}`}
          </Link>
        </p>
      )}
      <Facts
        of={[
          ["", node.kind === "dataset" ? null : node.detail],
          ["Status", node.status && <Status of={node.status} />],
          ["Began", node.started_at !== null ? date(node.started_at) : null],
          ["Took", node.duration_s !== null ? duration(node.duration_s) : null],
          ["Size", node.n_rows !== null ? `${number(node.n_rows)} × ${number(node.n_columns)}` : null],
          ["Value", node.value !== null ? number(node.value, 6) : null],
          ["Inferred", node.inferred ? "from content, not seen as a call" : null],
          ...Object.entries(node.facts).map(([name, of]) => [name, <span className="mono small">{value(of)}</span>] as const),
        ]}
      />
      {node.kind === "action" &&
        ([["Reads", side("target", "source"), "source"], ["Makes", side("source", "target"), "target"]] as const).map(
          ([title, edges, end]) =>
            edges.length > 0 && (
              <div key={title}>
                <h3>{title}</h3>
                <Facts of={edges.map((edge) => [edge.role, <EdgeLine key={edge[end]} node={names.get(edge[end])!} columns={edge.columns} changed={edge.changed} />] as const)} />
              </div>
            ),
        )}
    </div>
  );
}

function EdgeLine({ node, columns, changed }: { node: GraphNode | ShownNode; columns: string[] | null; changed: boolean }) {
  const href = node.kind === "model" ? to.model(node.id) : node.kind === "dataset" ? to.dataset(node.id) : null;
  return (
    <span>
      {href ? <Link href={href}>{node.label}</Link> : node.label}
      {changed && <span className="badge warn">changed in place</span>}
      {columns && <span className="muted small"> {columns.join(", ")}</span>}
    </span>
  );
}
