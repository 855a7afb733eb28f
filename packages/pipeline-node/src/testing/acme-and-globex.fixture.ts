import { compiled, keysOf, tenant } from "./fleet.fixture.js";
import { createMint } from "./mint.fixture.js";

/** Two tenants whose keys have the same kid, and two that share an issuer: the border that tokens must not cross. */
export const acmeMint = createMint("RS256", "key-1");
export const globexMint = createMint("RS256", "key-1");
export const sharedMint = createMint("ES256", "shared-key");
export const acmeEcMint = createMint("ES256", "ec-1");
export const acmeEdMint = createMint("EdDSA", "ed-1");
export const strangerMint = createMint("RS256", "key-1");

export const SHARED_ISSUER = "https://login.shared.example";
const sharedIdp = (value: string) => ({ main: { issuer: SHARED_ISSUER, audiences: ["shared-api"], tenantClaim: { claim: "org", value } } });

export const acme = tenant("acme", {
  domains: ["api.acme.example"],
  upstreams: { main: { url: "http://upstream.internal:8080" } },
  routes: {
    main: { upstream: "main", authentication: { mode: "required" } },
    open: { pathPrefix: "/open", upstream: "main", authentication: { mode: "public" } },
    maybe: { pathPrefix: "/maybe", upstream: "main", authentication: { mode: "optional" } },
    shut: { pathPrefix: "/shut", upstream: "main" },
    admin: { pathPrefix: "/open/admin", upstream: "main", authentication: { mode: "required", requiredScopes: ["admin"] } },
    sockets: { pathPrefix: "/sockets", upstream: "main", websocket: true, authentication: { mode: "required" } },
    reads: { pathPrefix: "/reads", methods: ["GET"], upstream: "main", authentication: { mode: "required" } },
  },
});

const tenants = [
  acme,
  tenant("globex"),
  tenant("initech", { identityProviders: sharedIdp("initech-org") }),
  tenant("umbrella", { identityProviders: sharedIdp("umbrella-org") }),
  tenant("frozen", { status: "suspended" }),
  tenant("orphan", { identityProviders: {} }),
];

export const snapshot = compiled(tenants, { resolution: ["custom_domain", "subdomain", "path", "header"] });
export const keys = keysOf({
  "acme/main": [acmeMint.jwk, acmeEcMint.jwk, acmeEdMint.jwk],
  "globex/main": [globexMint.jwk],
  "initech/main": [sharedMint.jwk],
  "umbrella/main": [sharedMint.jwk],
});
export const defaults = { compiled: snapshot, keys };

export const bearer = (token: string): string => `Bearer ${token}`;
