import type { RunningStack } from "./stack.ts";

/** The REST API with one token. Fails with the answer's text on anything but 2xx. */
export function createRest(stack: RunningStack, token: string) {
  return async function rest<T>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${stack.consoleUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? null : JSON.parse(text)) as T;
  };
}

/** A configuration of one or both demo tenants, as a file's documents. */
export function demoDocuments(stack: RunningStack, tenants: readonly ("acme" | "globex")[] = ["acme", "globex"]): object[] {
  const document = (kind: string, metadata: object, spec: object) => ({ apiVersion: "sallyport.dev/v1", kind, metadata, spec });
  // What each provider offers: the wizard narrows the algorithms to it.
  const algorithms = { acme: ["RS256"], globex: ["ES256"] };
  const audiences = { acme: "https://api.acme.example", globex: "https://pay.globex.example" };
  return [
    document("Fleet", { name: "default" }, { idpAllowedRanges: ["127.0.0.0/8"], lockout: { exempt: ["127.0.0.0/8"] } }),
    ...tenants.flatMap((tenant) => [
      document("Tenant", { name: tenant }, { displayName: tenant === "acme" ? "Acme Card Services" : "Globex Payouts" }),
      document(
        "IdentityProvider",
        { name: "main", tenant },
        {
          issuer: `http://127.0.0.1:${stack.ports[tenant]}`,
          audiences: [audiences[tenant]],
          algorithms: algorithms[tenant],
          tenantClaim: { claim: "tenant_id", value: tenant },
        },
      ),
      document("Upstream", { name: "main", tenant }, { url: `http://127.0.0.1:${stack.ports.upstream}` }),
      document("Route", { name: "api", tenant }, { pathPrefix: "/v1", upstream: "main", authentication: { mode: "required" } }),
    ]),
  ];
}
