/** The filter: a line of text with completion, and its parts as chips that can be taken away. */
import { memo, useEffect, useRef, useState, type KeyboardEvent } from "react";
import { ApiError } from "@/api/client";
import type { TableColumn } from "@/api/types";
import { columnText, conjuncts, literal, without, type Scalar } from "@/lib/filter";
import { number, value as valueText } from "@/lib/format";
import { Icon } from "@/ui/icon";

interface Props {
  filter: string;
  columns: readonly TableColumn[];
  error: Error | null;
  onFilter: (filter: string) => void;
}

interface Suggestion {
  text: string;
  detail: string;
}

export const FilterBox = memo(function FilterBox({ filter, columns, error, onFilter }: Props) {
  const [text, setText] = useState(filter);
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(-1);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => setText(filter), [filter]);
  const found = open ? suggest(text, field.current?.selectionStart ?? text.length, columns) : { from: 0, items: [] };
  const invalid = error instanceof ApiError && error.code === "invalid_filter";
  const take = (item: Suggestion) => {
    const caret = field.current?.selectionStart ?? text.length;
    const next = `${text.slice(0, found.from)}${item.text} ${text.slice(caret).trimStart()}`;
    setText(next);
    setAt(-1);
    requestAnimationFrame(() => {
      const place = found.from + item.text.length + 1;
      field.current?.setSelectionRange(place, place);
      field.current?.focus();
    });
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" && found.items.length) setAt((at + 1) % found.items.length);
    else if (event.key === "ArrowUp" && found.items.length) setAt((at - 1 + found.items.length) % found.items.length);
    else if (event.key === "Tab" && open && found.items.length && text !== filter) take(found.items[Math.max(0, at)]!);
    else if (event.key === "Enter") {
      if (at >= 0 && found.items[at]) take(found.items[at]);
      else {
        setOpen(false);
        onFilter(text.trim());
      }
    } else if (event.key === "Escape" && open) setOpen(false);
    else if (event.key === "Escape" && text !== filter) setText(filter);
    else if (event.key === "Escape") field.current?.blur();
    else return;
    event.preventDefault();
  };
  return (
    <div className="filterbox">
      <Icon name="search" size={14} />
      <input
        ref={field}
        className="field"
        data-search
        role="combobox"
        aria-label="Filter"
        aria-expanded={found.items.length > 0}
        aria-controls="filter-suggestions"
        aria-invalid={invalid}
        aria-describedby={invalid ? "filter-error" : undefined}
        aria-activedescendant={at >= 0 ? `filter-suggestion-${at}` : undefined}
        placeholder="metric.accuracy > 0.9 and param.C in (1, 10)"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
          setAt(-1);
        }}
        onFocus={() => setOpen(text !== "")}
        onBlur={() => setOpen(false)}
        onKeyDown={key}
      />
      {found.items.length > 0 && (
        <div id="filter-suggestions" className="pop" role="listbox" aria-label="Suggestions" style={{ position: "absolute", top: 32, left: 0 }}>
          {found.items.map((item, index) => (
            <div
              key={item.text}
              id={`filter-suggestion-${index}`}
              className="option"
              role="option"
              aria-selected={index === at}
              style={index === at ? { background: "var(--bg-active)" } : undefined}
              onPointerDown={(event) => {
                event.preventDefault();
                take(item);
              }}
            >
              <code className="ellipsis">{item.text}</code>
              <span className="end small">{item.detail}</span>
            </div>
          ))}
        </div>
      )}
      {invalid && (
        <div id="filter-error" className="problem" role="alert" style={{ marginTop: 4 }}>
          {error.message} {error.hint && <span className="hint">{error.hint}</span>}
        </div>
      )}
    </div>
  );
});

const WORDS = ["and", "or", "not", "is null", "is not null", "contains", "in", "between"];

/** Completions for the word that ends at the caret: columns first, then values of the column before an operator. */
export function suggest(text: string, caret: number, columns: readonly TableColumn[]): { from: number; items: Suggestion[] } {
  const before = text.slice(0, caret);
  const valueOf = /([\w.]+(?:"(?:[^"]|"")*")?|\w+\."(?:[^"]|"")*")\s*(?:=|!=|<=|>=|<|>|in\s*\(|contains)\s*('?[\w .-]*)$/.exec(before);
  if (valueOf) {
    const column = columns.find((one) => columnText(one.key) === valueOf[1]);
    const typed = valueOf[2]!.replace(/^'/, "").toLowerCase();
    const items = (column?.values ?? [])
      .filter(({ value }) => value !== null && valueText(value).toLowerCase().startsWith(typed) && ["string", "number", "boolean"].includes(typeof value))
      .slice(0, 10)
      .map(({ value, count }) => ({ text: literal(value as Scalar), detail: String(count) }));
    return { from: caret - valueOf[2]!.length, items };
  }
  const word = /[\w.@"[\]]*$/.exec(before)![0];
  if (word === "") return { from: caret, items: [] };
  const lower = word.toLowerCase();
  const rank = (column: TableColumn): number => {
    const [key, name] = [column.key.toLowerCase(), column.name.toLowerCase()];
    return key.startsWith(lower) || name.startsWith(lower) ? 0 : key.includes(lower) ? 1 : 2;
  };
  const hits = columns.filter((column) => rank(column) < 2).sort((a, b) => rank(a) - rank(b));
  return {
    from: caret - word.length,
    items: [
      ...hits.slice(0, 9).map((column) => ({ text: columnText(column.key), detail: column.min !== null && column.max !== null && column.type === "number" ? `${number(column.min, 3)} – ${number(column.max, 3)}` : column.type })),
      ...WORDS.filter((one) => one.startsWith(lower) && one !== lower).map((one) => ({ text: one, detail: "" })),
    ],
  };
}

export const FilterChips = memo(function FilterChips({ filter, onFilter }: { filter: string; onFilter: (filter: string) => void }) {
  const parts = conjuncts(filter);
  if (parts.length === 0) return null;
  return (
    <div className="chips" aria-label="Filters">
      {parts.map((part, index) => (
        <span key={part} className="chip accent">
          <code className="ellipsis">{part}</code>
          <button type="button" aria-label={`Remove the filter ${part}`} onClick={() => onFilter(without(filter, index))}>
            <Icon name="close" size={11} />
          </button>
        </span>
      ))}
      {parts.length > 1 && (
        <button type="button" className="btn quiet small" onClick={() => onFilter("")}>
          Clear all
        </button>
      )}
    </div>
  );
});
