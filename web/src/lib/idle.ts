/** What can wait until the page has nothing else to do. */

/** After this long a browser that does not say when it is idle is taken to be. */
const FALLBACK_MS = 200;
/** Time left below which nothing more is begun. */
const LEAST_MS = 4;

/** Does something once the page is idle; the task may ask whether it still is. Returns how to call it off. */
export function whenIdle(task: (isIdle: () => boolean) => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(() => task(() => true), FALLBACK_MS);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback((deadline) => task(() => deadline.timeRemaining() > LEAST_MS));
  return () => cancelIdleCallback(handle);
}
