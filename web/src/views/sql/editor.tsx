/** The SQL editor: CodeMirror with the public views to complete on. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { PostgreSQL, sql, type SQLNamespace } from "@codemirror/lang-sql";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useImperativeHandle, useRef, type Ref } from "react";
import type { ViewInfo } from "@/api/types";
import { between } from "./insert";

/** What others may do to the text besides replacing it. */
export interface EditorHandle {
  /** Puts a word at the cursor, in place of what is selected, and goes on there. */
  insert: (word: string) => void;
}

interface Props {
  ref: Ref<EditorHandle>;
  value: string;
  views: readonly ViewInfo[];
  onChange: (text: string) => void;
  onRun: (text: string) => void;
  /** Where the last run went wrong: the character, from 0. */
  error: number | null;
}

const LOOK = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", color: "var(--ink)", backgroundColor: "var(--bg)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55" },
  ".cm-content": { caretColor: "var(--ink)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--bg)", color: "var(--ink-3)", border: "none" },
  ".cm-activeLine": { backgroundColor: "light-dark(rgb(0 0 0 / 2.5%), rgb(255 255 255 / 3%))" },
  ".cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-selectionBackground, &.cm-focused .cm-selectionBackground": { backgroundColor: "light-dark(#cfe0ff, #2b4a8f) !important" },
  ".cm-tooltip": { backgroundColor: "var(--bg-raised)", border: "1px solid var(--line)", borderRadius: "6px", boxShadow: "var(--shadow-pop)", color: "var(--ink)" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--bg-active)", color: "var(--ink)" },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal", marginLeft: "1em" },
});

/**
 * Typing over a selection. Left to the browser, it keeps the look of what it replaces in a style attribute, which the
 * page's policy refuses with a message in the console.
 */
const REPLACING = EditorView.domEventHandlers({
  keydown(event, view) {
    if (!/^[\w ]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey || view.composing) return false;
    if (!view.state.selection.main.empty) view.dispatch(view.state.replaceSelection(""), { userEvent: "delete.selection" });
    return false;
  },
});

const COLORS = HighlightStyle.define([
  { tag: tags.keyword, color: "light-dark(#7a3fb5, #c79bff)" },
  { tag: [tags.string, tags.special(tags.string)], color: "light-dark(#1a7a4c, #7fd6a5)" },
  { tag: tags.number, color: "light-dark(#a8501a, #f0a05a)" },
  { tag: tags.comment, color: "var(--ink-3)", fontStyle: "italic" },
  { tag: [tags.operator, tags.punctuation], color: "var(--ink-2)" },
  { tag: tags.typeName, color: "light-dark(#16707f, #6fd0e3)" },
]);

function language(views: readonly ViewInfo[]) {
  const schema: SQLNamespace = Object.fromEntries(
    views.map((view) => [
      view.name,
      {
        self: { label: view.name, type: "type", ...(view.doc ? { info: view.doc } : {}) },
        children: view.columns.map((column) => ({ label: column.name, type: "property", detail: column.type.toLowerCase(), ...(column.doc ? { info: column.doc } : {}) })),
      },
    ]),
  );
  // Columns are offered everywhere, not only behind an alias: that is how people begin a query.
  const columns = [...new Set(views.flatMap((view) => view.columns.map((column) => column.name)))].map((label) => ({ label, type: "property" }));
  const support = sql({ dialect: PostgreSQL, schema, upperCaseKeywords: true });
  return [support, support.language.data.of({ autocomplete: (context: { matchBefore: (of: RegExp) => { from: number; to: number; text: string } | null; explicit: boolean }) => {
    const word = context.matchBefore(/(^|[^.\w"'])\w+$/);
    if (!word) return null;
    return { from: word.from + (/^\w/.test(word.text) ? 0 : 1), options: columns, validFor: /^\w*$/ };
  } })];
}

export function Editor({ ref, value, views, onChange, onRun, error }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const calls = useRef({ onChange, onRun });
  calls.current = { onChange, onRun };
  const lang = useRef(new Compartment());
  useEffect(() => {
    // In a shadow root CodeMirror adopts its style sheets, which a policy without inline styles allows.
    const root = host.current!.shadowRoot ?? host.current!.attachShadow({ mode: "open" });
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: value,
        // Where one would go on writing.
        selection: { anchor: value.length },
        extensions: [
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: (editor) => (calls.current.onRun(editor.state.doc.toString()), true) }])),
          lineNumbers(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          highlightActiveLine(),
          syntaxHighlighting(COLORS),
          placeholder("SELECT …"),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
          lang.current.of(language(views)),
          LOOK,
          REPLACING,
          EditorView.contentAttributes.of({ "aria-label": "SQL" }),
          EditorView.updateListener.of((update) => update.docChanged && calls.current.onChange(update.state.doc.toString())),
        ],
      }),
    });
    view.current = made;
    return () => made.destroy();
    // The editor is made once; what changes later is told to it below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    view.current?.dispatch({ effects: lang.current.reconfigure(language(views)) });
  }, [views]);
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value }, selection: { anchor: value.length } });
  }, [value]);
  useImperativeHandle(ref, () => ({ insert: (word) => view.current && insertWord(view.current, word) }), []);
  useEffect(() => {
    const editor = view.current;
    if (editor && error !== null && error <= editor.state.doc.length) editor.dispatch({ selection: { anchor: error }, scrollIntoView: true });
  }, [error]);
  return <div ref={host} style={{ height: "100%" }} />;
}

function insertWord(editor: EditorView, word: string): void {
  const { doc, selection } = editor.state;
  const { from, to } = selection.main;
  const text = between(doc.sliceString(Math.max(0, from - 1), from), word, doc.sliceString(to, to + 1));
  editor.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length }, scrollIntoView: true, userEvent: "input" });
  editor.focus();
}
