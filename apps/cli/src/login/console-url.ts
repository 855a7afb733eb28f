import { Failure } from "../failure.js";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The console's address without a slash at the end.
 * @param source named in the message
 * @throws Failure for anything but http(s) without user, query or fragment
 */
export function consoleUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (!plain) throw new Failure(`${source} is “${text}”. Write the console's address, for example https://console.example.com.`);
  return url.href.replace(/\/+$/, "");
}

/** Whether a token sent there could be read on the way. */
export function isInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !LOOPBACK.has(hostname);
}
