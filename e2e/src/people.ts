import type { BrowserContext } from "@playwright/test";
import type { AdminSession } from "./admin.ts";
import type { RunningStack } from "./stack.ts";

const PASSWORD = "amber kites above the quarry";

/** Somebody invited by the administrator, who has made their account. */
export interface Colleague {
  readonly email: string;
  readonly password: string;
  /** Calls a tRPC procedure as a script with this session would. */
  call(kind: "query" | "mutation", procedure: string, input: unknown): Promise<{ status: number; body: unknown }>;
  enter(context: BrowserContext): Promise<void>;
}

/** @param role a role that holds for the whole fleet */
export async function inviteColleague(stack: RunningStack, admin: AdminSession, displayName: string, role: string): Promise<Colleague> {
  const email = `${displayName.toLowerCase().replace(/\s+/g, ".")}@ledgerline.example`;
  const { token } = (await admin.mutate("people.invite", { email, displayName, roles: [{ role, tenant: null }] })) as { token: string };
  const headers = { "content-type": "application/json", origin: stack.consoleUrl, "sec-fetch-site": "same-origin" };
  const body = JSON.stringify({ token, email, displayName, password: PASSWORD });
  const made = await fetch(`${stack.consoleUrl}/api/session/redeem`, { method: "POST", headers, body });
  if (made.status !== 201) throw new Error(`the invitation of ${email} was refused: ${made.status} ${await made.text()}`);
  const [pair = ""] = (made.headers.get("set-cookie") ?? "").split(";");
  const [name = "", value = ""] = pair.split("=");
  return {
    email,
    password: PASSWORD,
    async call(kind, procedure, input) {
      const json = JSON.stringify({ json: input });
      const address = `${stack.consoleUrl}/api/trpc/${procedure}${kind === "query" ? `?input=${encodeURIComponent(json)}` : ""}`;
      const answer = await fetch(address, {
        method: kind === "query" ? "GET" : "POST",
        headers: { ...headers, cookie: pair },
        ...(kind === "query" ? {} : { body: json }),
      });
      return { status: answer.status, body: await answer.json() };
    },
    enter: (context) =>
      context.addCookies([{ name, value, url: stack.consoleUrl.replace("http:", "https:"), httpOnly: true, secure: true, sameSite: "Lax" }]),
  };
}
