/** The datasets of a project: what they are, how often they changed, who learnt from them. */
import { useDatasets } from "@/api/queries";
import { number, plural } from "@/lib/format";
import { Link } from "@/router/link";
import { to } from "@/router/router";
import { useUrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { DatasetLink, Head, When } from "@/ui/parts";
import { Answer, Empty } from "@/ui/states";

const PAGE = 100;
const SQL = "SELECT dataset_id, name, source, n_rows, n_columns, kept, first_seen_run FROM datasets ORDER BY name";

const COLUMNS: readonly (readonly [string, string, boolean])[] = [
  ["name", "dataset", false],
  ["", "source", false],
  ["n_rows", "rows", true],
  ["n_columns", "columns", true],
  ["", "versions", true],
  ["n_trained", "models trained on it", true],
  ["", "models judged on it", true],
  ["", "runs", true],
  ["last_used", "last used", true],
];

export function Datasets({ params }: { params: { project?: string } }) {
  const url = useUrlState();
  const project = params.project ?? null;
  const [q, kept, sort, offset] = [url.text("q"), url.text("kept"), url.text("sort"), Number(url.text("from", "0")) || 0];
  const answer = useDatasets({ project, q, ...(kept === "1" ? { kept: true } : {}), sort, offset, limit: PAGE });
  return (
    <>
      <Head crumbs={[["Projects", to.projects()], ...(project ? ([[project, to.models(project)]] as const) : [])]} title="Data" after={answer.data && <span className="muted small">{plural(answer.data.total, "dataset")}</span>}>
        <input className="field" type="search" data-search aria-label="Search datasets" placeholder="Name, source or id" value={q} onChange={(event) => url.set({ q: event.target.value, from: null }, { replace: true })} />
        <label className="check">
          <input type="checkbox" checked={kept === "1"} onChange={() => url.set({ kept: kept === "1" ? null : "1", from: null })} /> values kept
        </label>
        <CopyMenu sql={SQL} />
      </Head>
      <div className="page" style={{ padding: 0 }}>
        <Answer of={answer} lines={12}>
          {(data) =>
            data.datasets.length === 0 ? (
              <Empty title={q !== "" || kept !== "" ? "No dataset matches" : "No data yet"}>
                {q === "" && <p>Datasets appear as recorded scripts read, split and transform tables and arrays.</p>}
              </Empty>
            ) : (
              <>
                <div className="scroll-x">
                  <table className="table">
                    <thead>
                      <tr>
                        {COLUMNS.map(([key, text, right]) => (
                          <th key={text} scope="col" className={right ? "num" : ""} aria-sort={sort === key && key ? "ascending" : sort === `-${key}` ? "descending" : undefined}>
                            {key === "" ? (
                              text
                            ) : (
                              <button type="button" className="btn quiet small flat" onClick={() => url.set({ sort: sort === `-${key}` ? key : `-${key}`, from: null })}>
                                {text} {sort.replace("-", "") === key && <Icon name={sort.startsWith("-") ? "down" : "up"} size={11} />}
                              </button>
                            )}
                          </th>
                        ))}
                      </tr>
                    </thead>
                    <tbody>
                      {data.datasets.map((row) => (
                        <tr key={row.dataset.dataset_id}>
                          <td>
                            <div className="row">
                              <DatasetLink dataset={row.dataset} /> {row.dataset.kept && <span className="badge good">kept</span>} <span className="muted small">{row.dataset.container}</span>
                            </div>
                          </td>
                          <td className="mono small muted ellipsis" style={{ maxWidth: 260 }} title={row.dataset.source ?? undefined}>
                            {row.dataset.source}
                          </td>
                          <td className="num">{number(row.dataset.n_rows)}</td>
                          <td className="num">{number(row.dataset.n_columns)}</td>
                          <td className="num">{row.n_versions > 1 ? <b>{number(row.n_versions)}</b> : number(row.n_versions)}</td>
                          <td className="num">{row.n_trained > 0 ? <Link href={`${to.dataset(row.dataset.dataset_id)}?tab=models`}>{number(row.n_trained)}</Link> : <span className="null">–</span>}</td>
                          <td className="num">
                            {row.n_judged > 0 ? <Link href={to.examplesOf(row.dataset.dataset_id, [], "all", project)}>{number(row.n_judged)}</Link> : <span className="null">–</span>}
                          </td>
                          <td className="num">{number(row.n_runs)}</td>
                          <td className="num muted">
                            <When at={row.last_used} />
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
                {data.total > PAGE && (
                  <div className="statusbar">
                    <button type="button" className="btn small" disabled={offset === 0} onClick={() => url.set({ from: String(Math.max(0, offset - PAGE)) })}>
                      Before
                    </button>
                    {number(offset + 1)}–{number(Math.min(data.total, offset + PAGE))} of {number(data.total)}
                    <button type="button" className="btn small" disabled={offset + PAGE >= data.total} onClick={() => url.set({ from: String(offset + PAGE) })}>
                      After
                    </button>
                  </div>
                )}
              </>
            )
          }
        </Answer>
      </div>
    </>
  );
}
