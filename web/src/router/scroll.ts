/** Who goes back finds a page or table scrolled to where it was left. */

const PLACES = ".main .page, .main .grid";
/** Longer than this nobody waits for the content that was there; it may have become shorter. */
const PATIENCE_MS = 3000;
const MOST_REMEMBERED = 200;

const left = new Map<string, number>();
const here = (): string => window.location.pathname + window.location.search;

export function rememberScroll(): void {
  let waiting = 0;
  const stop = () => cancelAnimationFrame(waiting);
  document.addEventListener(
    "scroll",
    ({ target }) => {
      if (!(target instanceof HTMLElement) || !target.matches(PLACES)) return;
      left.delete(here());
      left.set(here(), target.scrollTop);
      if (left.size > MOST_REMEMBERED) left.delete(left.keys().next().value!);
    },
    { capture: true, passive: true },
  );
  for (const kind of ["pointerdown", "wheel", "keydown"]) window.addEventListener(kind, stop, { capture: true, passive: true });
  window.addEventListener("popstate", () => {
    stop();
    const top = left.get(here()) ?? 0;
    if (top === 0) return;
    const until = performance.now() + PATIENCE_MS;
    const look = () => {
      const place = [...document.querySelectorAll<HTMLElement>(PLACES)].find((one) => one.scrollHeight - one.clientHeight >= top);
      if (place) place.scrollTop = top;
      else if (performance.now() < until) waiting = requestAnimationFrame(look);
    };
    // The page that is left is still there until the next frame.
    waiting = requestAnimationFrame(() => (waiting = requestAnimationFrame(look)));
  });
}
