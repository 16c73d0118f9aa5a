/** What can wait until the page has nothing else to do. */

/** Does something once the page is idle. Returns how to call it off. */
export function whenIdle(task: () => void): () => void {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(task, 1000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(() => task());
  return () => cancelIdleCallback(handle);
}
