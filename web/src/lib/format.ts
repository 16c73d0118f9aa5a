/** How values are written everywhere: four significant digits, quiet units, relative times. */

const MINUS = "\u2212";
/** The qualified name of a class: its last part says enough. */
const CLASS = /^([a-z_]\w*\.)+[A-Z]\w*$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A number in at most four significant digits; large whole numbers keep all of theirs, grouped. */
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const size = Math.abs(value);
  let text: string;
  if (size === 0) text = "0";
  else if (Number.isInteger(value) && size < 1e15) text = group(String(size));
  else if (size >= 1e6 || size < 1e-4) text = trimExponent(size.toExponential(digits - 1));
  else if (size >= 10 ** (digits - 1)) text = group(String(Math.round(size)));
  else text = trimZeros(size.toPrecision(digits));
  return value < 0 ? MINUS + text : text;
}

/** A number as one would type it: a value that was chosen, not a count. */
export function plain(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : number(value, 6).replaceAll(",", "").replace(MINUS, "-");
}

/** A number with a fixed count of digits, so that a column of a metric lines up. */
export function metric(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return number(value);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 10)) return (value < 0 ? MINUS : "") + size.toFixed(4);
  return number(value);
}

/** A signed difference: always with its sign. */
export function signed(value: number, write: (value: number) => string = number): string {
  return value > 0 ? `+${write(value)}` : write(value);
}

function group(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function trimExponent(text: string): string {
  const [mantissa = "", exponent = ""] = text.split("e");
  return `${trimZeros(mantissa)}e${exponent.replace("+", "")}`;
}

/** A count in few characters: 12.3k, 4.1M. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (Math.abs(value) < 10_000) return number(value);
  for (const [size, unit] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]] as const) {
    if (Math.abs(value) >= size) return trimZeros((value / size).toPrecision(3)) + unit;
  }
  return String(value);
}

export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? size : trimZeros(size.toPrecision(3))} ${units[unit]}`;
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 0.001) return `${number(seconds * 1e6, 3)} µs`;
  if (seconds < 1) return `${number(seconds * 1e3, 3)} ms`;
  if (seconds < 60) return `${number(seconds, 3)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) return `${hours} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** "3 min ago", "yesterday 14:03", "12 May", "12 May 2025": what a reader needs, no more. */
export function ago(at: number | null | undefined, now = Date.now() / 1000): string {
  if (at === null || at === undefined) return "–";
  const past = now - at;
  if (past < 0) return date(at);
  if (past < 45) return "just now";
  if (past < 3600) return `${Math.max(1, Math.round(past / 60))} min ago`;
  if (past < 86_400) return `${Math.round(past / 3600)} h ago`;
  if (past < 7 * 86_400) return `${Math.round(past / 86_400)} d ago`;
  const when = new Date(at * 1000);
  const sameYear = when.getFullYear() === new Date(now * 1000).getFullYear();
  return `${when.getDate()} ${MONTHS[when.getMonth()]}${sameYear ? "" : ` ${when.getFullYear()}`}`;
}

/** The full local time, for titles and details. */
export function date(at: number | null | undefined): string {
  if (at === null || at === undefined) return "–";
  const when = new Date(at * 1000);
  const pad = (part: number) => String(part).padStart(2, "0");
  return (
    `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())} ` +
    `${pad(when.getHours())}:${pad(when.getMinutes())}:${pad(when.getSeconds())}`
  );
}

/** The first characters of an id, enough to tell rows apart. */
export function shortId(id: string): string {
  const [kind, rest] = [id.slice(0, 2), id.slice(2)];
  return /^[a-z]-$/.test(kind) ? kind + rest.slice(0, 6) : id.slice(0, 8);
}

/** A JSON value on one line, as a person would write it; nested estimators by their type. */
export function value(of: unknown): string {
  if (of === null || of === undefined) return "None";
  if (typeof of === "number") return plain(of);
  if (typeof of === "string") return CLASS.test(of) ? of.slice(of.lastIndexOf(".") + 1) : of;
  if (typeof of === "boolean") return of ? "True" : "False";
  if (Array.isArray(of)) return `[${of.map(value).join(", ")}]`;
  const named = (of as Record<string, unknown>)["type"];
  if (typeof named === "string") return named.split(".").pop() ?? named;
  return JSON.stringify(of);
}

/** A label or prediction: numbers, which may have been stored as text, in four digits. */
export function said(of: unknown): string {
  const size = typeof of === "string" && /^-?\d+\.\d+(e[+-]?\d+)?$/i.test(of) ? Number(of) : of;
  return typeof size === "number" && !Number.isInteger(size) ? number(size) : typeof size === "number" ? plain(size) : value(of);
}

/** A cell of a table by the type of its column. */
export function cell(of: unknown, type: string): string {
  if (of === null || of === undefined) return "";
  if (typeof of === "number") {
    if (type === "time") return ago(of);
    if (type === "duration") return duration(of);
    if (type === "bytes") return bytes(of);
    return number(of);
  }
  if (type === "id" && typeof of === "string") return shortId(of);
  return value(of);
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${number(n)} ${n === 1 ? one : many}`;
}

/** The last part of a path or of a dotted name. */
export function leaf(path: string): string {
  return path.split(/[/\\]/).pop() ?? path;
}

/** A nested name such as `svc__kernel` in two: the last part, and what it belongs to. */
export function nested(name: string): { path: string; leaf: string } {
  // What begins or ends with underscores is not nested.
  const [, path = "", leaf = name] = /^(.*[^_])__(.+)$/.exec(name) ?? [];
  return { path, leaf };
}

/** Each name by its last part, with as many before it as it takes to tell it from the others. */
export function shortNames(names: readonly string[]): string[] {
  return names.map((name) => {
    const parts = name.split("__");
    const end = (length: number) => parts.slice(-length).join("__");
    const alone = (text: string) => names.every((other) => other === name || (other !== text && !other.endsWith(`__${text}`)));
    for (let length = 1; length < parts.length; length++) if (alone(end(length))) return end(length);
    return name;
  });
}
