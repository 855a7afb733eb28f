#!/usr/bin/env node
/**
 * The OpenID provider of a demo tenant. Environment: PORT (0 for a free one), HOST (loopback unless given; it is also the issuer's),
 * TENANT (its claim `tenant_id`), AUDIENCE (the resource indicator), DATA_DIR (keys are kept there), ALG (RS256, ES256 or EdDSA),
 * CLIENT_ID and CLIENT_SECRET (demo, secret), TOKEN_SECONDS.
 *
 * `curl -u demo:secret -d grant_type=client_credentials -d resource=<AUDIENCE> http://127.0.0.1:<PORT>/token`
 */
import { join } from "node:path";
import { portFrom, runDemoProcess } from "./demo-process.js";
import { type ProviderAlgorithm, startOidcProvider } from "./oidc-provider.js";

const ALGORITHMS: readonly ProviderAlgorithm[] = ["RS256", "ES256", "EdDSA"];

function algorithm(): ProviderAlgorithm {
  const wanted = process.env.ALG ?? "RS256";
  const found = ALGORITHMS.find((name) => name === wanted);
  if (found === undefined) throw new Error(`ALG must be one of ${ALGORITHMS.join(", ")}, not "${wanted}".`);
  return found;
}

await runDemoProcess(async () => {
  const tenant = process.env.TENANT ?? "acme";
  const scopes = ["read", "write"];
  const person = (name: string) => ({ name, email: `${name}@${tenant}.example`, tenant_id: tenant, roles: ["member"] });
  const provider = await startOidcProvider({
    port: portFrom("PORT", 0),
    ...(process.env.HOST ? { host: process.env.HOST } : {}),
    algorithms: [algorithm()],
    resources: [process.env.AUDIENCE ?? "https://api.demo.example"],
    scopes,
    clients: [
      {
        id: process.env.CLIENT_ID ?? "demo",
        secret: process.env.CLIENT_SECRET ?? "secret",
        claims: { tenant_id: tenant, email: `demo@${tenant}.example`, roles: ["service"] },
      },
    ],
    accounts: { alice: person("alice"), bob: person("bob") },
    accessTokenSeconds: tokenSeconds(),
    ...(process.env.DATA_DIR === undefined ? {} : { keysFile: join(process.env.DATA_DIR, `provider-${tenant}.json`) }),
  });
  return { url: provider.issuer, close: provider.close };
});

function tokenSeconds(): number {
  const seconds = Number(process.env.TOKEN_SECONDS ?? 3_600);
  if (!Number.isInteger(seconds) || seconds < 1)
    throw new Error(`TOKEN_SECONDS must be a whole number of seconds, not "${process.env.TOKEN_SECONDS}".`);
  return seconds;
}
