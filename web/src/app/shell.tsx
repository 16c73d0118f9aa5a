/** The frame around every view: where one can go, which store this is, whether it is live. */
import { useEffect, useState, type ReactNode } from "react";
import { useProjects, useSession } from "@/api/queries";
import { useConnection } from "@/api/live";
import { count } from "@/lib/format";
import { Link } from "@/router/link";
import { navigate, to, usePlace } from "@/router/router";
import { Icon, type IconName } from "@/ui/icon";
import { setTheme, useTheme, type Theme } from "@/ui/theme";
import { Toasts } from "@/ui/toast";
import { Finder } from "./finder";
import { Shortcuts } from "./shortcuts";
import { useRememberedProject } from "./project";

const THEMES: Record<Theme, { next: Theme; icon: IconName; text: string }> = {
  auto: { next: "light", icon: "auto", text: "Theme: system" },
  light: { next: "dark", icon: "sun", text: "Theme: light" },
  dark: { next: "auto", icon: "moon", text: "Theme: dark" },
};

export function Shell({ children }: { children: ReactNode }) {
  const { path } = usePlace();
  const connection = useConnection();
  const [help, setHelp] = useState(false);
  const [finder, setFinder] = useState(false);
  useEffect(() => {
    document.querySelector(".shell")?.classList.remove("open");
  }, [path]);
  useKeys({ help: () => setHelp(true), find: () => setFinder(true) });
  return (
    <div className="shell">
      <a className="visually-hidden" href="#main">
        Skip to the page
      </a>
      <Rail onFind={() => setFinder(true)} onHelp={() => setHelp(true)} />
      <div className="scrim" onClick={() => document.querySelector(".shell")?.classList.remove("open")} />
      <main className="main" id="main">
        {connection === "lost" && (
          <p className="notice lost" role="status">
            {WORDS.lost}
          </p>
        )}
        {children}
      </main>
      {help && <Shortcuts onClose={() => setHelp(false)} />}
      {finder && <Finder onClose={() => setFinder(false)} />}
      <Toasts />
    </div>
  );
}

function Rail({ onFind, onHelp }: { onFind: () => void; onHelp: () => void }) {
  const { path } = usePlace();
  const project = useRememberedProject();
  const projects = useProjects();
  const card = projects.data?.projects.find((one) => one.name === project || one.project_id === project);
  const item = (href: string, icon: IconName, text: string, amount?: number | undefined) => (
    <Link className="item" href={href} aria-current={path === href ? "page" : inside(path, icon) ? "true" : undefined}>
      <Icon name={icon} />
      {text}
      {amount !== undefined && <span className="count">{count(amount)}</span>}
    </Link>
  );
  return (
    <nav className="rail" aria-label="Main">
      <Link className="brand" href={to.projects()}>
        <img src="/favicon.svg" alt="" /> ModelDB
      </Link>
      <button type="button" className="item" onClick={onFind}>
        <Icon name="search" /> Find <kbd className="count">Ctrl K</kbd>
      </button>
      {item(to.projects(), "projects", "Projects", projects.data?.total)}
      {item(to.sql(), "sql", "SQL console")}
      {project !== null && (
        <>
          <div className="rail-label">Project</div>
          <select
            className="select"
            aria-label="Project"
            value={card?.name ?? project}
            onChange={(event) => navigate(to.models(event.target.value))}
          >
            {!card && <option value={project}>{project}</option>}
            {projects.data?.projects.map((one) => (
              <option key={one.project_id} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
          {item(to.models(project), "models", "Models", card?.n_models)}
          {item(to.runs(project), "runs", "Runs", card?.n_runs)}
          {item(to.charts(project), "charts", "Charts")}
          {item(to.examples(project), "examples", "Examples")}
          {item(to.data(project), "data", "Data", card?.n_datasets)}
        </>
      )}
      <Foot onHelp={onHelp} />
    </nav>
  );
}

/** Pages of one thing belong to the list it is in. */
const SECTIONS: Partial<Record<IconName, RegExp>> = { models: /^\/(models\/|compare$)/, runs: /^\/runs\//, data: /^\/data\// , examples: /^\/examples$/ };
const inside = (path: string, icon: IconName): boolean => SECTIONS[icon]?.test(path) ?? false;

const WORDS = { connecting: "Connecting", live: "Live", lost: "Connection lost, trying again" };

function Foot({ onHelp }: { onHelp: () => void }) {
  const session = useSession();
  const connection = useConnection();
  const theme = THEMES[useTheme()];
  return (
    <div className="rail-foot">
      <button type="button" className="item" onClick={() => setTheme(theme.next)}>
        <Icon name={theme.icon} /> {theme.text}
      </button>
      <button type="button" className="item" onClick={onHelp}>
        <Icon name="keyboard" /> Keyboard <kbd className="count">?</kbd>
      </button>
      <div className="live" role="status">
        <span className={connection === "live" ? "dot on" : connection === "lost" ? "dot off" : "dot"} />
        {WORDS[connection]}
        {session.data && !session.data.can_change && <span title="Open the address that modeldb ui printed to change tags and notes.">· read-only</span>}
      </div>
      {session.data && (
        <div className="store" title={session.data.store}>
          <bdi>{session.data.store}</bdi>
        </div>
      )}
    </div>
  );
}

/** Keys that work everywhere outside fields: `?`, Ctrl-K, `/`, `g` with a letter, and those that move. */
function useKeys(actions: { help: () => void; find: () => void }): void {
  const project = useRememberedProject();
  useEffect(() => {
    let afterG = 0;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        actions.find();
        return;
      }
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable) return;
      if (event.composedPath().some((node) => (node as HTMLElement).isContentEditable)) return;
      if (document.querySelector("dialog[open]")) return;
      if (Date.now() - afterG < 1000) {
        const goal = destination(event.key, project);
        afterG = 0;
        if (goal !== null) {
          event.preventDefault();
          navigate(goal);
        }
      } else if (event.key === "g") afterG = Date.now();
      else if (event.key === "?") actions.help();
      else if (event.key === "/") {
        const field = document.querySelector<HTMLElement>("[data-search]");
        if (field) {
          event.preventDefault();
          field.focus();
        }
      } else if (target === document.body && MOVING.has(event.key)) move(event);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  });
}

const MOVING = new Set(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", " "]);

/** Before anything has the focus, keys that move do so in the table of models or runs, elsewhere in the page. */
function move(event: KeyboardEvent): void {
  const table = document.querySelector<HTMLElement>(".grid[aria-multiselectable]");
  const place = table ?? document.querySelector<HTMLElement>(".main .page");
  if (!place) return;
  if (!table) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  if (!table) return;
  event.preventDefault();
  table.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: true, cancelable: true }));
}

function destination(key: string, project: string | null): string | null {
  if (key === "p") return to.projects();
  if (key === "s") return to.sql();
  if (project === null) return null;
  return { m: to.models(project), r: to.runs(project), c: to.charts(project), e: to.examples(project), d: to.data(project) }[key] ?? null;
}
