/** How the name of a view or column is put into a query, by hand of the list beside it. */

/** Columns of the views that are words of SQL, too. */
const RESERVED = new Set(["at", "row"]);

/** A name as it has to be written in SQL. */
export function identifier(name: string): string {
  return /^[a-z_]\w*$/.test(name) && !RESERVED.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A word with the spaces it needs between what stands before and after it. */
export function between(before: string, word: string, after: string): string {
  const left = before === "" || /[\s(.]$/.test(before) ? "" : " ";
  const right = /^[\w"'(]/.test(after) ? " " : "";
  return left + word + right;
}
