/** The source a run used, and where it ran. */
import { useCode } from "@/api/queries";
import type { CodeRef, Environment } from "@/api/types";
import { bytes, leaf, value } from "@/lib/format";
import { useUrlState } from "@/router/state";
import { useUnfolded } from "@/router/unfolding";
import { Card, Facts } from "@/ui/parts";
import { Answer } from "@/ui/states";

export function SourceCard({ run, code, file, line }: { run: string; code: CodeRef[]; file: string | null; line: number | null }) {
  const at = code.findIndex((one) => file !== null && (one.path === file || file.endsWith(`/${one.path}`) || one.path.endsWith(`/${leaf(file)}`)));
  const url = useUrlState();
  const asked = url.text("code");
  const chosen = asked === "" ? -1 : code.findIndex((one) => String(one.position) === asked);
  const choose = (index: number) => url.set({ code: index < 0 ? null : String(code[index]!.position) }, { replace: true });
  if (code.length === 0) return null;
  const open = code[chosen];
  return (
    <Card title="Code">
      <div className="row wrap">
        {code.map((one, index) => (
          <button key={one.position} type="button" className="btn small" aria-pressed={index === chosen} title={one.path} onClick={() => choose(index === chosen ? -1 : index)}>
            {leaf(one.path)} <span className="muted">{one.kind === "script" ? bytes(one.size) : one.kind}</span>
          </button>
        ))}
        {at >= 0 && line !== null && !open && (
          <button type="button" className="btn quiet small" onClick={() => choose(at)}>
            Show line {line}
          </button>
        )}
      </div>
      {open && <Source run={run} position={open.position} line={chosen === at ? line : null} />}
    </Card>
  );
}

function Source({ run, position, line }: { run: string; position: number; line: number | null }) {
  const answer = useCode(run, position);
  return (
    <Answer of={answer}>
      {(code) =>
        code.text === null ? (
          <p className="muted small">The text of {code.path} is not in the store, only its digest {code.digest.slice(0, 12)}.</p>
        ) : code.kind === "diff" ? (
          <Patch text={code.text} />
        ) : (
          <div className="diff card" style={{ marginTop: 8 }} tabIndex={0} role="region" aria-label={code.path}>
            {code.text.split("\n").map((text, index) => (
              <div key={index} className={index + 1 === line ? "add" : ""} ref={index + 1 === line ? showLine : undefined}>
                <span className="faint" aria-hidden="true">{String(index + 1).padStart(4)} </span> {text}
              </div>
            ))}
          </div>
        )
      }
    </Answer>
  );
}

function showLine(element: HTMLDivElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** A unified diff with its lines coloured. */
export function Patch({ text }: { text: string }) {
  return (
    <div className="diff card" style={{ marginTop: 8 }} tabIndex={0} role="region" aria-label="Changes">
      {text.split("\n").map((line, index) => (
        <div key={index} className={line.startsWith("@@") ? "hunk" : line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : ""}>
          {line || " "}
        </div>
      ))}
    </div>
  );
}

export function EnvironmentCard({ of }: { of: Environment }) {
  const [all, setAll] = useUnfolded("packages");
  const packages = of.details?.["packages"];
  const list = typeof packages === "object" && packages !== null ? Object.entries(packages as Record<string, unknown>) : [];
  const others = Object.entries(of.details ?? {}).filter(([name, one]) => !["packages", "python", "host"].includes(name) && (typeof one !== "object" || one === null));
  return (
    <Card title="Environment">
      <div className="stack">
        <Facts
          of={[
            ["Python", of.python],
            ["Host", of.host],
            ["Commit", of.git_commit && <span className="mono small" title={of.git_commit}>{of.git_commit.slice(0, 10)}{of.git_dirty && " with changes"}</span>],
            ["Branch", of.git_branch],
            ...others.slice(0, 14).map(([name, one]) => (/_bytes$/.test(name) && typeof one === "number" ? [name.replace(/_bytes$/, ""), bytes(one)] : [name.replaceAll("_", " "), value(one)]) as [string, string]),
          ]}
        />
        {list.length > 0 && (
          <details open={all} onToggle={(event) => setAll(event.currentTarget.open)}>
            <summary className="small">{list.length} packages</summary>
            <Facts of={list.map(([name, version]) => [name, String(version)] as const)} />
          </details>
        )}
      </div>
    </Card>
  );
}
