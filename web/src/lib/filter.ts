/**
 * Filter expressions as text: building, quoting, splitting at the top level.
 *
 * The server owns the language; here expressions are only put together from clicks and taken apart into the
 * chips shown below the filter field.
 */

export type Scalar = string | number | boolean | null;

/** How a column's key is written in an expression: `param.C`, `param."my param"`. */
export function columnText(key: string): string {
  const dot = key.indexOf(".");
  if (dot < 0) return key;
  const [kind, name] = [key.slice(0, dot), key.slice(dot + 1)];
  return /^\w[\w/]*(\.[\w/]+)*$/.test(name) ? key : `${kind}."${name.replaceAll('"', '""')}"`;
}

/** How a value is written in an expression. */
export function literal(value: Scalar): string {
  if (value === null) return "null";
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  return String(value);
}

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** One comparison; missing values are asked for with `is null`, since nothing equals them. */
export function compare(key: string, operator: Operator, value: Scalar): string {
  if (value === null) return `${columnText(key)} is ${operator === "=" ? "" : "not "}null`;
  return `${columnText(key)} ${operator} ${literal(value)}`;
}

export function oneOf(key: string, values: Scalar[]): string {
  if (values.length === 1) return compare(key, "=", values[0] ?? null);
  return `${columnText(key)} in (${values.map(literal).join(", ")})`;
}

/** A range, written with the digits a reader can still read. */
export function between(key: string, low: number, high: number): string {
  return `${columnText(key)} between ${rounded(low, Math.floor)} and ${rounded(high, Math.ceil)}`;
}

function rounded(value: number, direction: (x: number) => number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const scale = 10 ** (5 - Math.ceil(Math.log10(Math.abs(value))));
  return Number.isFinite(scale) ? Number((direction(value * scale) / scale).toPrecision(6)) : value;
}

/** The parts joined by `and` outside quotes and parentheses; the whole text alone when it has a top-level `or`. */
export function conjuncts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  let between = false;
  for (const token of tokens(text)) {
    if (token.text === "(") depth += 1;
    else if (token.text === ")") depth -= 1;
    else if (depth === 0) {
      const word = token.text.toLowerCase();
      if (word === "between") between = true;
      else if (word === "or") return [text.trim()];
      else if (word === "and" && between) between = false;
      else if (word === "and") {
        parts.push(text.slice(start, token.at).trim());
        start = token.at + token.text.length;
      }
    }
  }
  parts.push(text.slice(start).trim());
  return parts.filter((part) => part !== "");
}

function* tokens(text: string): Generator<{ text: string; at: number }> {
  const pattern = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|[()]|[\w.@/[\]]+|\S/g;
  for (const match of text.matchAll(pattern)) yield { text: match[0], at: match.index };
}

/** The expression with one more condition; the same condition is not added twice. */
export function conjoin(text: string, condition: string): string {
  if (text.trim() === "") return condition;
  const parts = conjuncts(text);
  if (parts.includes(condition)) return text;
  const whole = parts.length === 1 && hasTopLevelOr(text) ? [`(${text.trim()})`] : parts;
  return [...whole, condition].join(" and ");
}

/** The expression without its n-th top-level part. */
export function without(text: string, index: number): string {
  return conjuncts(text)
    .filter((_, at) => at !== index)
    .join(" and ");
}

/** The expression with every range on this column replaced by this condition; null takes them away. */
export function replaceRange(text: string, key: string, condition: string | null): string {
  const head = `${columnText(key)} between `;
  const kept = conjuncts(text).filter((part) => !part.startsWith(head));
  return [...kept, ...(condition === null ? [] : [condition])].join(" and ");
}

function hasTopLevelOr(text: string): boolean {
  let depth = 0;
  for (const token of tokens(text)) {
    if (token.text === "(") depth += 1;
    else if (token.text === ")") depth -= 1;
    else if (depth === 0 && token.text.toLowerCase() === "or") return true;
  }
  return false;
}
