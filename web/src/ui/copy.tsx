/** "Copy as SQL / Python": what is looked at, as a question to go on asking. */
import { memo } from "react";
import { copy } from "@/lib/download";
import { navigate, to } from "@/router/router";
import { Icon } from "./icon";
import { MenuItem, Pop } from "./pop";
import { say } from "./toast";

export async function copyText(text: string, what: string): Promise<void> {
  const done = await copy(text);
  say(done ? `${what} copied` : "The browser does not allow copying here", !done);
}

/** The SQL as a few lines of Python that run it. */
export function pythonOf(sql: string): string {
  const quoted = sql.includes('"""') ? JSON.stringify(sql) : `"""\n${sql.replaceAll("\\", "\\\\").trim()}\n"""`;
  return `import modeldb\n\ndb = modeldb.open()\ndb.sql(${quoted}).df()\n`;
}

export const CopyMenu = memo(function CopyMenu({ sql, python }: { sql: string | undefined; python?: string | undefined }) {
  return (
    <Pop label="Copy as SQL or Python" text="Copy as" icon="copy" menu disabled={!sql && !python} className="btn">
      {(close) => {
        const act = (run: () => void) => () => {
          close();
          run();
        };
        return (
          <>
            {sql && (
              <MenuItem icon="sql" onClick={act(() => void copyText(sql, "SQL"))}>
                Copy as SQL
              </MenuItem>
            )}
            <MenuItem icon="copy" onClick={act(() => void copyText(python || pythonOf(sql ?? ""), "Python"))}>
              Copy as Python
            </MenuItem>
            <MenuItem icon="copy" onClick={act(() => void copyText(window.location.href, "Link"))}>
              Copy link to this view
            </MenuItem>
            {sql && (
              <>
                <hr />
                <MenuItem icon="play" onClick={act(() => navigate(to.sql(sql)))}>
                  Open in the SQL console
                </MenuItem>
              </>
            )}
          </>
        );
      }}
    </Pop>
  );
});

export function CopyButton({ text, what }: { text: string; what: string }) {
  return (
    <button type="button" className="btn quiet icon small" aria-label={`Copy ${what}`} title={`Copy ${what}`} onClick={() => void copyText(text, what)}>
      <Icon name="copy" size={13} />
    </button>
  );
}
