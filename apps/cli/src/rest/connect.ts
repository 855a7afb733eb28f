import { Failure } from "../failure.js";
import type { Io } from "../io.js";
import { consoleUrl } from "../login/console-url.js";
import { readLogin } from "../login/login-file.js";
import { createRest, type Rest } from "./client.js";

/**
 * The console that the environment names, else the one of `sallyport login`.
 * @throws Failure when there is neither, or when a saved token would go to another address than it was saved for
 */
export async function connect(io: Io): Promise<Rest> {
  const { SALLYPORT_URL, SALLYPORT_TOKEN } = io.env;
  const url = SALLYPORT_URL ? consoleUrl(SALLYPORT_URL, "SALLYPORT_URL") : null;
  if (url !== null && SALLYPORT_TOKEN) return createRest({ url, token: SALLYPORT_TOKEN });
  const saved = await readLogin(io.env);
  if (saved === null)
    throw new Failure("Not logged in. Run sallyport login --url https://… --token-stdin, or set SALLYPORT_URL and SALLYPORT_TOKEN.");
  if (url !== null && url !== saved.url)
    throw new Failure(`SALLYPORT_URL is ${url}, the saved token is for ${saved.url}. Set SALLYPORT_TOKEN as well, or log in to ${url}.`);
  return createRest({ url: saved.url, token: SALLYPORT_TOKEN || saved.token });
}
