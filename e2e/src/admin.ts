import type { BrowserContext } from "@playwright/test";
import type { RunningStack } from "./stack.ts";

export const ADMIN = { email: "ada@ledgerline.example", displayName: "Ada Lind", password: "violet lantern over the harbour" };

/** The first administrator's session: the cookie's value, as the browser would keep it. */
export interface AdminSession {
  readonly cookie: string;
  /** Calls a tRPC mutation as the console's own pages do. */
  mutate(procedure: string, input: unknown): Promise<unknown>;
  /** A new API token with these scopes. */
  apiToken(scopes: readonly string[]): Promise<string>;
  /** Puts the session into a browser. */
  enter(context: BrowserContext): Promise<void>;
}

const ALL_SCOPES = [
  "tenant.read",
  "tenant.write",
  "tenant.create",
  "tenant.delete",
  "idp.write",
  "api_key.write",
  "session.end",
  "lockout.end",
  "revocation.write",
  "route.write",
  "policy.write",
  "portal.write",
  "fleet.read",
  "fleet.write",
  "node.read",
  "node.write",
  "draft.read",
  "revision.publish",
  "revision.rollback",
  "alert.read",
  "alert.write",
  "audit.read",
];
export const MACHINE_SCOPES: readonly string[] = ALL_SCOPES;

/** Uses up the one-time link that the console printed. */
export async function becomeFirstAdmin(stack: RunningStack): Promise<AdminSession> {
  const headers = { "content-type": "application/json", origin: stack.consoleUrl, "sec-fetch-site": "same-origin" };
  const token = new URL(stack.firstAdminLink).hash.slice(1);
  const response = await fetch(`${stack.consoleUrl}/api/session/redeem`, { method: "POST", headers, body: JSON.stringify({ token, ...ADMIN }) });
  if (response.status !== 201) throw new Error(`the first administrator's link was refused: ${response.status} ${await response.text()}`);
  const [pair] = (response.headers.get("set-cookie") ?? "").split(";");
  const [name = "", cookie = ""] = (pair ?? "").split("=");
  async function mutate(procedure: string, input: unknown): Promise<unknown> {
    const answer = await fetch(`${stack.consoleUrl}/api/trpc/${procedure}`, {
      method: "POST",
      headers: { ...headers, cookie: `${name}=${cookie}` },
      body: JSON.stringify({ json: input }),
    });
    const body = await answer.text();
    if (!answer.ok) throw new Error(`${procedure}: ${answer.status} ${body}`);
    return (JSON.parse(body) as { result: { data: { json: unknown } } }).result.data.json;
  }
  return {
    cookie,
    mutate,
    apiToken: async (scopes) => {
      const made = (await mutate("apiTokens.create", { name: "browser tests", scopes, expiresInDays: 1 })) as { token: string };
      return made.token;
    },
    // The __Host- prefix is set from a secure address only; Chromium sends it to http on the loopback as well.
    enter: (context) =>
      context.addCookies([{ name, value: cookie, url: stack.consoleUrl.replace("http:", "https:"), httpOnly: true, secure: true, sameSite: "Lax" }]),
  };
}
