/** The queries run on this machine, newest first. */

const KEY = "modeldb.queries";
const MOST = 100;

export interface Past {
  sql: string;
  at: number;
}

export function past(): Past[] {
  try {
    const found = JSON.parse(window.localStorage.getItem(KEY) ?? "[]") as unknown;
    return Array.isArray(found) ? (found as Past[]).filter((one) => typeof one?.sql === "string" && typeof one.at === "number") : [];
  } catch {
    return [];
  }
}

export function remember(sql: string): void {
  try {
    const rest = past().filter((one) => one.sql !== sql);
    window.localStorage.setItem(KEY, JSON.stringify([{ sql, at: Date.now() / 1000 }, ...rest].slice(0, MOST)));
  } catch {
    // Without storage there is no history; queries work all the same.
  }
}
