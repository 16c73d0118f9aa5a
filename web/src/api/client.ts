/** Requests to the store's own server; nothing here speaks to any other host. */

const BASE = "/api/v1";
const TOKEN_KEY = "modeldb.token";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    readonly position: number | null = null,
  ) {
    super(message);
  }
}

export const unreachable = (): ApiError => new ApiError(0, "unreachable", "The server does not answer.", "Start it again with: modeldb ui");

export type Query = Record<string, string | number | boolean | null | undefined | readonly string[]>;

/** Takes the token out of the address (`#token=…` or `#…`) and remembers it for this server. */
export function adoptToken(): void {
  const found = /^#(?:token=)?([\w.~-]{8,})$/.exec(window.location.hash)?.[1];
  if (found === undefined) return;
  remember(found);
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
}

function remember(token: string): void {
  try {
    window.localStorage.setItem(TOKEN_KEY, token);
  } catch {
    memory = token;
  }
}

let memory: string | null = null;

export function token(): string | null {
  try {
    return window.localStorage.getItem(TOKEN_KEY) ?? memory;
  } catch {
    return memory;
  }
}

export function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === "") continue;
    if (Array.isArray(value)) for (const item of value as string[]) params.append(key, item);
    else params.set(key, String(value));
  }
  const text = params.toString();
  return BASE + path + (text === "" ? "" : `?${text}`);
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return send<T>("GET", address(path, query), undefined, signal);
}

export async function send<T>(method: string, url: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const secret = token();
  if (secret !== null) headers["X-ModelDB-Token"] = secret;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init: RequestInit = { method, headers };
  if (body !== undefined) init.body = JSON.stringify(body);
  if (signal !== undefined) init.signal = signal;
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (!response.ok) throw problem(response.status, text);
  return JSON.parse(text) as T;
}

function problem(status: number, text: string): ApiError {
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; hint: string | null; position: number | null } };
    return new ApiError(status, error.code, error.message, error.hint, error.position);
  } catch {
    return new ApiError(status, "failed", `The server answered ${status}.`);
  }
}
