import { arm } from "./failpoint.js";
import { type Arming, parseFailpoint } from "./read-failpoint.js";

/** The text of a message `{ failpoint: "<name>" }`; null for any other message. */
function askedFor(message: unknown): string | null {
  if (typeof message !== "object" || message === null || !("failpoint" in message)) return null;
  return typeof message.failpoint === "string" ? message.failpoint : null;
}

/**
 * Arms what `readFailpoint` read, from a composition root. With `told`, each message `{ failpoint: "<name>" }` on the channel of the process
 * that started this one arms that failpoint, and is answered with `{ armed: "<name>" }`, or with null where it is none.
 */
export function armFailpoint(arming: Arming): void {
  if (arming !== "told") {
    arm(arming);
    return;
  }
  process.on("message", (message) => {
    const text = askedFor(message);
    if (text === null) return;
    const next = parseFailpoint(text);
    arm(next);
    process.send?.({ armed: next === null ? null : text });
  });
}
