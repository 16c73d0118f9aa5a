/** Which view an address shows. Views that need a large library are loaded when first opened. */
import { Component, lazy, Suspense, useEffect, useRef, useState, type ComponentType, type ReactNode } from "react";
import { ApiError, unreachable } from "@/api/client";
import { useConnection } from "@/api/live";
import { whenIdle } from "@/lib/idle";
import { Link } from "@/router/link";
import { match, to, usePlace } from "@/router/router";
import { Head } from "@/ui/parts";
import { Empty, Failure, Loading } from "@/ui/states";
import { Projects } from "@/views/projects/projects";
import { TableView } from "@/views/table/table-view";
import { rememberProject } from "./project";
import { Shell } from "./shell";

type Params = Record<string, string>;
type View = ComponentType<{ params: Params }>;

const loads: (() => Promise<unknown>)[] = [];

/**
 * A view whose code comes with its first use, unless it has come ahead: then it is there in the same frame. React
 * would show what a lazy component's fallback is in between, and keep it for a third of a second.
 */
const view = <K extends string>(load: () => Promise<Record<K, ComponentType<never>>>, name: K): View => {
  let ready: View | undefined;
  const get = async () => ({ default: (ready ??= (await load())[name] as unknown as View) });
  const Later = lazy(() => get().catch(() => Promise.reject(unreachable())));
  loads.push(get);
  return ({ params }) => {
    const [Shown] = useState(() => ready ?? Later);
    return <Shown params={params} />;
  };
};

/** Loads the other views one after the other while the first is looked at, so that a click on one finds it there. */
function loadAhead(): () => void {
  const rest = [...loads];
  const next = (): void => void rest.shift()?.().then(() => (stop = whenIdle(next)), () => undefined);
  const timer = setTimeout(next, LOOKED_AT_MS);
  let stop = () => clearTimeout(timer);
  return () => stop();
}

const LOOKED_AT_MS = 1000;

const Charts = view(() => import("@/views/charts/charts"), "Charts");
const Model = view(() => import("@/views/model/model"), "Model");
const Run = view(() => import("@/views/run/run"), "Run");
const Pipeline = view(() => import("@/views/pipeline/pipeline"), "Pipeline");
const Compare = view(() => import("@/views/compare/compare"), "Compare");
const Examples = view(() => import("@/views/examples/examples"), "Examples");
const Data = view(() => import("@/views/data/datasets"), "Datasets");
const Dataset = view(() => import("@/views/data/dataset"), "Dataset");
const DatasetDiff = view(() => import("@/views/data/diff"), "DatasetDiff");
const Sql = view(() => import("@/views/sql/sql"), "Sql");

const ROUTES: readonly (readonly [string, (params: Params) => ReactNode])[] = [
  ["/", () => <Projects />],
  ["/p/:project", ({ project }) => <TableView key={`m ${project}`} of="models" project={project!} />],
  ["/p/:project/runs", ({ project }) => <TableView key={`r ${project}`} of="runs" project={project!} />],
  ["/p/:project/charts", (params) => <Charts key={params["project"]} params={params} />],
  ["/p/:project/examples", (params) => <Examples key={params["project"]} params={params} />],
  ["/p/:project/data", (params) => <Data key={params["project"]} params={params} />],
  ["/models/:id", (params) => <Model key={params["id"]} params={params} />],
  ["/models/:id/pipeline", (params) => <Pipeline key={params["id"]} params={{ ...params, kind: "models" }} />],
  ["/runs/:id", (params) => <Run key={params["id"]} params={params} />],
  ["/runs/:id/pipeline", (params) => <Pipeline key={params["id"]} params={{ ...params, kind: "runs" }} />],
  ["/compare", (params) => <Compare params={params} />],
  ["/examples", (params) => <Examples params={params} />],
  ["/data", (params) => <Data params={params} />],
  ["/data/:id", (params) => <Dataset key={params["id"]} params={params} />],
  ["/data/:a/diff/:b", (params) => <DatasetDiff params={params} />],
  ["/sql", (params) => <Sql params={params} />],
];

export function App() {
  const { path } = usePlace();
  const project = (match("/p/:project", path) ?? match("/p/:project/:view", path))?.["project"];
  useEffect(() => rememberProject(project), [project]);
  useEffect(loadAhead, []);
  useEffect(() => {
    document.title = "ModelDB";
  }, [path]);
  return (
    <Shell>
      <Guard key={path}>
        <Suspense fallback={<Loading lines={10} />}>{page(path)}</Suspense>
      </Guard>
    </Shell>
  );
}

function page(path: string): ReactNode {
  for (const [pattern, show] of ROUTES) {
    const params = match(pattern, path);
    if (params) return show(params);
  }
  return (
    <>
      <Head title="Not found" />
      <Empty title="There is no page at this address">
        <p>
          <Link href={to.projects()}>All projects</Link>
        </p>
      </Empty>
    </>
  );
}

/** A fault in one view leaves the rest of the application usable. */
class Guard extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state = { error: null as Error | null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    if (error instanceof ApiError && error.status === 0) return <NotLoaded error={error} />;
    return (
      <>
        <Head title="Something went wrong" />
        <Failure error={error} retry={() => this.setState({ error: null })} />
      </>
    );
  }
}

/** A view whose code could not be fetched. Browsers remember that, so the page is loaded anew once somebody answers. */
function NotLoaded({ error }: { error: Error }) {
  const connection = useConnection();
  const lost = useRef(false);
  useEffect(() => {
    if (connection === "lost") lost.current = true;
    else if (connection === "live" && lost.current) window.location.reload();
  }, [connection]);
  return (
    <>
      <Head title="Not loaded" />
      <Failure error={error} retry={() => window.location.reload()} />
    </>
  );
}
