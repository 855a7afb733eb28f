// Listeners on the window run in the order in which they came, whatever their phase. The router turns the page as soon as it hears of
// Back or Forward, so whoever wants to hold the page must listen before it: from instrumentation-client.ts, which runs before the router.

type Gate = (event: PopStateEvent) => void;
let gate: Gate | null = null;

/** Asks `next` first whenever the browser has moved through its history; null asks nobody. */
export function setBackGate(next: Gate | null): void {
  gate = next;
}

/** Once, before the router starts. */
export function watchBack(): void {
  window.addEventListener("popstate", (event) => gate?.(event));
}
