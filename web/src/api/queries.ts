/** One hook per answer of the server. A key's first part is the topic that live news refers to. */
import { keepPreviousData, QueryClient, useMutation, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { address, ApiError, get, send, type Query } from "./client";
import { isLost } from "./live";
import { withNews } from "@/lib/series";
import type * as api from "./types";

export function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && !isLost() && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      },
    },
  });
}

type Answer<T> = UseQueryResult<T, Error>;

function useGet<T>(topic: string, path: string | null, query: Query = {}, keep = false): Answer<T> {
  return useQuery<T, Error, T, readonly unknown[]>({
    queryKey: [topic, path, query],
    queryFn: ({ signal }) => get<T>(path ?? "", query, signal),
    enabled: path !== null,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
}

const part = encodeURIComponent;

export const useSession = () => useGet<api.Session>("session", "/session");
export const useProjects = (q = "") => useGet<api.ProjectList>("projects", "/projects", { q }, true);
export const useProject = (id: string | null) => useGet<api.ProjectDetail>("project", id === null ? null : `/projects/${part(id)}`);
export const useModel = (id: string | null) => useGet<api.ModelDetail>("model", id === null ? null : `/models/${part(id)}`);
export const fetchModel = (id: string) => get<api.ModelDetail>(`/models/${part(id)}`);
export const useEvaluation = (id: string, dataset: string, output: number) =>
  useGet<api.Evaluation>("evaluation", `/models/${part(id)}/evaluation`, { dataset, output }, true);
/** Not asked again for news: while a script runs, comparing everything costs more than its last model adds. */
export const useSimilar = (id: string | null, by: string, limit: number) =>
  useGet<api.SimilarModels>("similar", id === null ? null : `/models/${part(id)}/similar`, { by, limit });
export const usePipeline = (kind: "models" | "runs", id: string, query: Query) =>
  useGet<api.Graph>("pipeline", `/${kind}/${part(id)}/pipeline`, query, true);
export const useRun = (id: string | null) => useGet<api.RunDetail>("run", id === null ? null : `/runs/${part(id)}`);
export const useCode = (run: string, position: number | null) =>
  useGet<api.CodeText>("code", position === null ? null : `/runs/${part(run)}/code/${position}`);
export const useCompare = (ids: string[], dataset: string, output: number) =>
  useGet<api.Comparison>("compare", ids.length < 2 ? null : "/compare", { ids, dataset, output }, true);
export const useDiff = (a: string | null, b: string | null) => useGet<api.Diff>("compare", a && b ? "/diff" : null, { a, b });
export const useDatasets = (query: Query) => useGet<api.DatasetList>("datasets", "/datasets", query, true);
export const useDataset = (id: string | null) => useGet<api.DatasetDetail>("dataset", id === null ? null : `/datasets/${part(id)}`);
/** Content never changes, so no news concerns this; what is kept only later is another key. */
export const useDistributions = (dataset: api.DatasetBrief | undefined) =>
  useGet<api.Distributions>("distributions", dataset?.kept ? `/datasets/${part(dataset.dataset_id)}/distributions` : null);
export const useDatasetDiff = (a: string | null, b: string | null) =>
  useGet<api.DatasetDiff>("dataset", a && b ? `/datasets/${part(a)}/diff/${part(b)}` : null);
export const useRows = (id: string | null, offset: number, limit: number) =>
  useGet<api.DatasetRows>("dataset", id === null ? null : `/datasets/${part(id)}/rows`, { offset, limit }, true);
export const useTrace = (dataset: string | null, column: string | null) =>
  useGet<api.ColumnTrace>("dataset", dataset && column !== null ? "/columns/trace" : null, { dataset, column });
export const useExamples = (dataset: string | null, query: Query) =>
  useGet<api.ExampleTable>("examples", dataset === null ? null : "/examples", { dataset, ...query }, true);
export const useExampleHistory = (dataset: string | null, row: number | null, output: number) =>
  useGet<api.ExampleHistory>("examples", dataset && row !== null ? "/examples/history" : null, { dataset, row, output });
/** Curves. When news come, only those of runs that got points since are asked for. */
export function useSeries(query: Query | null): Answer<api.SeriesList> {
  const client = useQueryClient();
  const queryKey = ["series", query];
  return useQuery<api.SeriesList, Error, api.SeriesList, readonly unknown[]>({
    queryKey,
    queryFn: async ({ signal }) => {
      // With a filter a run may also have left.
      const known = query?.["filter"] ? undefined : client.getQueryData<api.SeriesList>(queryKey);
      const news = await get<api.SeriesList>("/series", { ...query, after: known?.entry }, signal);
      return known && news.after > 0 ? withNews(known, news, Number(query?.["limit"] ?? 200)) : news;
    },
    enabled: query !== null,
    placeholderData: keepPreviousData,
  });
}
export const useSchema = () => useGet<api.SchemaInfo>("schema", "/schema");
export const useSaved = (kind: "view" | "query" | "chart") => useGet<api.SavedList>("saved", `/saved/${kind}`);

export type Kind = "models" | "runs";
export const useColumns = (of: Kind, query: Query) => useGet<api.ColumnList>(of, `/${of}/columns`, query, true);
export const useChartData = (query: Query | null) => useGet<api.ChartData>("charts", query === null ? null : "/charts/data", query ?? {}, true);

/** A page of the table, for the hooks that ask for several at once. */
export const fetchTable = (of: Kind, query: Query, signal?: AbortSignal) => get<api.Table>(`/${of}/table`, query, signal);
/** The ids of a table's rows from one place up to another, in its order; as many in one answer as the server gives. */
export async function fetchIds(of: Kind, query: Query, from: number, until: number): Promise<string[]> {
  const ids: string[] = [];
  while (from + ids.length < until) {
    const page = await fetchTable(of, { ...query, columns: ["name"], offset: from + ids.length, limit: Math.min(1000, until - from - ids.length) });
    if (page.ids.length === 0) break;
    ids.push(...page.ids);
  }
  return ids;
}

export const fetchActions = (run: string, offset: number, limit: number) =>
  get<api.ActionPage>(`/runs/${part(run)}/actions`, { offset, limit });
export const runQuery = (request: api.QueryRequest, signal?: AbortSignal) =>
  send<api.QueryResult>("POST", address("/query"), request, signal);

/** Tags, notes and hiding; what it may have changed is asked for again. */
export function useAnnotate() {
  const client = useQueryClient();
  return useMutation<api.AnnotationResult, Error, api.AnnotationChange[]>({
    mutationFn: (changes) => send<api.AnnotationResult>("POST", address("/annotations"), { changes }),
    onSettled: () =>
      client.invalidateQueries({
        predicate: ({ queryKey }) => ["models", "runs", "model", "run", "charts", "series", "examples", "projects", "project", "dataset"].includes(String(queryKey[0])),
      }),
  });
}

export function useSave(kind: "view" | "query" | "chart") {
  const client = useQueryClient();
  return useMutation<unknown, Error, { name: string; value: unknown | null }>({
    mutationFn: ({ name, value }) =>
      value === null
        ? send("DELETE", address(`/saved/${kind}/${part(name)}`))
        : send("PUT", address(`/saved/${kind}/${part(name)}`), { value }),
    onSettled: () => client.invalidateQueries({ queryKey: ["saved"] }),
  });
}
