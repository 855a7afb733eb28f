import type { IncomingMessage, ServerResponse } from "node:http";
import type { Provider } from "oidc-provider";

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > 65_536) throw new RangeError("the form is too large");
  }
  return new URLSearchParams(text);
}

function loginPage(uid: string, accounts: readonly string[]): string {
  const buttons = accounts.map((id) => `<button name="account" value="${escapeHtml(id)}">${escapeHtml(id)}</button>`).join("\n");
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo sign-in</title>
<h1>Sign in to the demo provider</h1><p>Choose an account. There is no password: this provider is for demonstrations only.</p>
<form method="post" action="/interaction/${escapeHtml(uid)}">${buttons}</form></html>`;
}

/** Grants all that was asked for: a demo provider has nobody to protect. */
async function grantEverything(provider: Provider, clientId: string, accountId: string, missing: Record<string, unknown>): Promise<string> {
  const grant = new provider.Grant({ accountId, clientId });
  const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  grant.addOIDCScope(list(missing.missingOIDCScope).join(" ") || "openid");
  grant.addOIDCClaims(list(missing.missingOIDCClaims));
  for (const [resource, scopes] of Object.entries((missing.missingResourceScopes ?? {}) as Record<string, unknown>)) {
    grant.addResourceScope(resource, list(scopes).join(" "));
  }
  return grant.save();
}

/**
 * The sign-in of the code flow: a page with a button for each account, then consent by itself.
 * @returns false when the request is not for `/interaction/…`
 */
export async function answerInteraction(
  provider: Provider,
  accounts: readonly string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (request.url?.startsWith("/interaction/") !== true) return false;
  const { uid, prompt, params, session } = await provider.interactionDetails(request, response);
  if (prompt.name === "consent") {
    const grantId = await grantEverything(provider, String(params.client_id), session?.accountId ?? "", prompt.details);
    await provider.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true });
    return true;
  }
  if (request.method !== "POST") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(loginPage(uid, accounts));
    return true;
  }
  const accountId = (await readForm(request)).get("account") ?? "";
  if (!accounts.includes(accountId)) {
    response.writeHead(400, { "content-type": "text/plain" }).end("No such account.\n");
    return true;
  }
  await provider.interactionFinished(request, response, { login: { accountId } }, { mergeWithLastSubmission: false });
  return true;
}
