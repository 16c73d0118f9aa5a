/** The public views beside the editor: what there is to ask about. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { SchemaInfo } from "@/api/types";
import { Answer } from "@/ui/states";

interface Props {
  schema: UseQueryResult<SchemaInfo, Error>;
  onUse: (sql: string) => void;
  onInsert: (name: string) => void;
}

export function Schema({ schema, onUse, onInsert }: Props) {
  return (
    <aside className="right" aria-label="Views and examples">
      <Answer of={schema}>
        {({ views, examples }) => (
          <>
            {examples.length > 0 && (
              <details open>
                <summary>
                  <b>Examples</b>
                </summary>
                <div>
                  {examples.map((one) => (
                    <button key={one.title} type="button" className="link" title={one.sql} onClick={() => onUse(one.sql)}>
                      <span>{one.title}</span>
                    </button>
                  ))}
                </div>
              </details>
            )}
            {views.map((view) => (
              <details key={view.name}>
                <summary title={view.doc ?? undefined}>{view.name}</summary>
                <div>
                  {view.doc && <p className="muted small">{view.doc}</p>}
                  {view.columns.map((column) => (
                    <button key={column.name} type="button" className="link" title={column.doc ?? undefined} onClick={() => onInsert(column.name)}>
                      <span className="mono">{column.name}</span>
                      <span className="muted small">{column.type.toLowerCase()}</span>
                    </button>
                  ))}
                </div>
              </details>
            ))}
          </>
        )}
      </Answer>
    </aside>
  );
}
