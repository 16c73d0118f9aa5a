/** The public views beside the editor: what there is to ask about. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { SchemaInfo, ViewInfo } from "@/api/types";
import { Icon } from "@/ui/icon";
import { Answer } from "@/ui/states";
import { identifier } from "./insert";

interface Props {
  schema: UseQueryResult<SchemaInfo, Error>;
  onUse: (sql: string) => void;
  onInsert: (word: string) => void;
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
              <View key={view.name} of={view} onInsert={onInsert} />
            ))}
          </>
        )}
      </Answer>
    </aside>
  );
}

function View({ of, onInsert }: { of: ViewInfo; onInsert: (word: string) => void }) {
  return (
    <div className="view">
      <details>
        <summary title={of.doc ?? undefined}>{of.name}</summary>
        <div>
          {of.doc && <p className="muted small">{of.doc}</p>}
          {of.columns.map((column) => (
            <button key={column.name} type="button" className="link" title={column.doc ?? undefined} onClick={() => onInsert(identifier(column.name))}>
              <span className="mono">{column.name}</span>
              <span className="muted small">{column.type.toLowerCase()}</span>
            </button>
          ))}
        </div>
      </details>
      <button type="button" className="btn quiet icon small" aria-label={`Insert ${of.name}`} title="Put its name into the query" onClick={() => onInsert(of.name)}>
        <Icon name="plus" size={12} />
      </button>
    </div>
  );
}
