import { DEMO_CLIENT, DEMO_TENANTS } from "@sallyport/scripts/stack";
import type { RunningStack } from "./stack.ts";

/** A real access token from the real token endpoint of a demo provider (OAuth 2.0 client credentials, RFC 6749 §4.4). */
export async function accessToken(stack: RunningStack, tenant: "acme" | "globex"): Promise<string> {
  const audience = DEMO_TENANTS.find(({ slug }) => slug === tenant)?.audience ?? "";
  const response = await fetch(`http://127.0.0.1:${stack.ports[tenant]}/token`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${DEMO_CLIENT.id}:${DEMO_CLIENT.secret}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams({ grant_type: "client_credentials", resource: audience, scope: "read" }),
  });
  const answer: unknown = await response.json();
  if (!response.ok || typeof answer !== "object" || answer === null || !("access_token" in answer) || typeof answer.access_token !== "string")
    throw new Error(`the provider of ${tenant} gave no token: ${response.status} ${JSON.stringify(answer)}`);
  return answer.access_token;
}
