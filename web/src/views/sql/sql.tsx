/** Any question, in SQL: the public views at hand, the answer as a table and as a chart. */
import { Suspense, useEffect, useRef, useState } from "react";
import { ApiError } from "@/api/client";
import { runQuery, useSchema } from "@/api/queries";
import type { QueryResult } from "@/api/types";
import { csv, download } from "@/lib/download";
import { number, plural } from "@/lib/format";
import { useUrlState } from "@/router/state";
import { CopyMenu } from "@/ui/copy";
import { Icon } from "@/ui/icon";
import { later } from "@/ui/later";
import { Head, Segmented } from "@/ui/parts";
import { MenuItem, Pop } from "@/ui/pop";
import { Empty, Loading } from "@/ui/states";
import type { EditorHandle } from "./editor";
import { Library } from "./library";
import { remember } from "./past";
import { Results } from "./results";
import { Schema } from "./schema";

const Editor = later(async () => (await import("./editor")).Editor);
const ResultChart = later(async () => (await import("./result-chart")).ResultChart);

/** Something to change: every model with what it was measured by, the last first. */
const FIRST = `SELECT m.project, m.model_id, m.name, m.type, x.name AS metric, x.value
FROM models m
JOIN metrics x USING (model_id)
WHERE m.role = 'model'
ORDER BY m.created_at DESC, x.name
LIMIT 100`;
const LIMIT = 5000;

interface Answered {
  sql: string;
  result: QueryResult | null;
  error: Error | null;
}

export function Sql() {
  const url = useUrlState();
  const asked = url.text("q");
  const [text, setText] = useState(asked || FIRST);
  const [answer, setAnswer] = useState<Answered | null>(null);
  const [running, setRunning] = useState(false);
  const stop = useRef<AbortController | null>(null);
  const editor = useRef<EditorHandle>(null);
  const schema = useSchema();
  const view = url.text("as", "table");
  const run = async (sql: string) => {
    stop.current?.abort();
    const controller = new AbortController();
    stop.current = controller;
    setRunning(true);
    try {
      const result = await runQuery({ sql, limit: LIMIT }, controller.signal);
      setAnswer({ sql, result, error: null });
      if (sql !== FIRST) remember(sql);
    } catch (error) {
      if (controller.signal.aborted) return;
      setAnswer({ sql, result: null, error: error as Error });
    } finally {
      if (stop.current === controller) setRunning(false);
    }
  };
  const ask = (sql: string) => {
    if (sql.trim() === "") return;
    url.set({ q: sql, ...(sql === asked ? {} : { sort: null }) });
    void run(sql);
  };
  useEffect(() => {
    document.title = "SQL · ModelDB";
    return () => stop.current?.abort();
  }, []);
  useEffect(() => {
    if (asked === "") {
      if (answer === null) void run(FIRST);
      return;
    }
    setText(asked);
    if (asked !== answer?.sql) void run(asked);
    // A query in the address is run when it arrives, from a link or by going back; without one there is something to see.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [asked]);
  const use = (sql: string) => {
    setText(sql);
    ask(sql);
  };
  const result = answer?.result;
  return (
    <>
      <Head title="SQL" after={<span className="muted small">nothing can be changed here; DuckDB's SQL</span>}>
        <button type="button" className="btn primary" onClick={() => ask(text)} disabled={running} title="Ctrl Enter">
          <Icon name="play" size={13} /> Run
        </button>
        {running && (
          <button type="button" className="btn" onClick={() => (stop.current?.abort(), setRunning(false))}>
            Stop
          </button>
        )}
        <Library sql={text} onUse={use} />
        {result && <Export result={result} />}
        <CopyMenu sql={text} />
      </Head>
      <div className="sql">
        <div className="left">
          <div className="editor">
            <Suspense fallback={<Loading lines={4} />}>
              <Editor ref={editor} value={text} views={schema.data?.views ?? []} onChange={setText} onRun={ask} error={answer?.error instanceof ApiError && answer.sql === text ? answer.error.position : null} />
            </Suspense>
          </div>
          <div className="toolbar">
            <Segmented label="Result as" value={view === "chart" ? "chart" : "table"} options={[["table", "Table"], ["chart", "Chart"]]} onChange={(next) => url.set({ as: next === "table" ? null : next }, { replace: true })} />
            <span className="muted small" role="status">
              {running ? "Running…" : result ? `${plural(result.rows.length, "row")}${result.truncated ? `, the first ${number(LIMIT)}` : ""} in ${number(result.elapsed_ms, 3)} ms` : ""}
            </span>
          </div>
          {answer?.error && (
            <div className="problem" role="alert" style={{ margin: "0 16px 8px", whiteSpace: "pre-wrap" }}>
              {answer.error.message}
              {answer.error instanceof ApiError && answer.error.hint && <div className="hint">{answer.error.hint}</div>}
            </div>
          )}
          {result ? (
            view === "chart" ? (
              <div className="page">
                <Suspense fallback={<Loading />}>
                  <ResultChart result={result} />
                </Suspense>
              </div>
            ) : (
              <Results of={result} />
            )
          ) : (
            !answer?.error && (
              <Empty title="Ask anything">
                <p>Every model, hyperparameter, metric, dataset, prediction and action is a row of a view. Choose an example on the right, or write your own and press Ctrl Enter.</p>
              </Empty>
            )
          )}
        </div>
        <Schema schema={schema} onUse={use} onInsert={(word) => editor.current?.insert(word)} />
      </div>
    </>
  );
}

function Export({ result }: { result: QueryResult }) {
  const names = result.columns.map((column) => column.name);
  return (
    <Pop label="Export the result" text="Export" icon="download" menu>
      {(close) => (
        <>
          <MenuItem onClick={() => (close(), download("result.csv", csv(names, result.rows), "text/csv"))}>CSV</MenuItem>
          <MenuItem onClick={() => (close(), download("result.json", JSON.stringify(objects(result), null, 2), "application/json"))}>JSON</MenuItem>
        </>
      )}
    </Pop>
  );
}

export function objects(result: QueryResult): Record<string, unknown>[] {
  return result.rows.map((row) => Object.fromEntries(result.columns.map((column, index) => [column.name, row[index]])));
}
