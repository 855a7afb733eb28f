import { entityName, identityProviderSpec, secretValue } from "@sallyport/snapshot";
import { z } from "zod";
import { requireOnTenant } from "../access/require.js";
import type { TenantScope } from "../access/scope.js";
import type { IdentityProviders } from "../identity-providers/identity-providers.js";
import type { Check } from "../identity-providers/isolation-check.js";
import type { Objects } from "../objects/objects.js";
import type { Secrets } from "../secrets/secrets.js";
import { invalid, parse } from "../validation.js";
import type { PortalChanges, PortalRelease } from "./changes.js";

/** An identity provider as its tenant's own people see it: nobody's name but what they wrote. */
export interface PortalProvider {
  readonly name: string;
  readonly spec: z.output<typeof identityProviderSpec>;
  readonly version: number;
  readonly updatedAt: Date;
}

export const savePortalProviderInput = z.strictObject({
  name: entityName,
  /** Null registers it. */
  version: z.int().min(1).nullable(),
  spec: z.unknown(),
  /** With which it is asked about tokens; left out, the value that is set stays. */
  clientSecret: secretValue.optional(),
});

export interface SavedProvider {
  readonly provider: PortalProvider;
  /** What was found at it, asked once more as it is saved. */
  readonly checks: readonly Check[];
  readonly release: PortalRelease;
}

/** A tenant's identity providers, from the portal. */
export interface PortalProviders {
  list(scope: TenantScope): Promise<PortalProvider[]>;
  /**
   * Saves it with the secret that it is asked with, checks it and keeps the result, and has it go live where the tenant's setting says so.
   * @throws ServiceError `invalid` on `spec.…` or `clientSecret`; `conflict` with the current row when another version stands
   */
  save(scope: TenantScope, input: z.input<typeof savePortalProviderInput>): Promise<SavedProvider>;
}

interface PortalProvidersDeps {
  readonly objects: Objects;
  readonly identityProviders: Pick<IdentityProviders, "check">;
  readonly secrets: Pick<Secrets, "set">;
  readonly changes: Pick<PortalChanges, "release">;
}

/** The secret that the spec is asked about tokens with; null where it is not, or proves itself with a key. */
function secretOf({ introspection }: PortalProvider["spec"]): string | null {
  const client = introspection?.client;
  return client === undefined || client.method === "private_key_jwt" ? null : client.secret;
}

export function createPortalProviders({ objects, identityProviders, secrets, changes }: PortalProvidersDeps): PortalProviders {
  /** What the spec names has to be there before it is saved. */
  async function declareSecret(scope: TenantScope, name: string): Promise<void> {
    const declared = await objects.list(scope, "Secret");
    if (!declared.some((secret) => secret.name === name)) await objects.put(scope, "Secret", name, { version: null, spec: {} });
  }

  return {
    async list(scope) {
      const rows = await objects.list(scope, "IdentityProvider");
      return rows.map(({ name, spec, version, updatedAt }) => ({ name, spec, version, updatedAt }));
    },

    async save(scope, raw) {
      requireOnTenant(scope, "idp.write");
      const { name, version, clientSecret, ...input } = parse(savePortalProviderInput, raw);
      const { spec: wanted } = parse(z.object({ spec: identityProviderSpec }), input);
      const secret = secretOf(wanted);
      if (clientSecret !== undefined && secret === null)
        throw invalid([{ path: "clientSecret", message: "belongs to no client of this provider; leave it out" }]);
      if (secret !== null) await declareSecret(scope, secret);
      const { spec, ...row } = await objects.put(scope, "IdentityProvider", name, { version, spec: wanted });
      if (clientSecret !== undefined && secret !== null) await secrets.set(scope, secret, { value: clientSecret });
      const { issuer, keys, audiences, algorithms, introspection, tenantClaim } = spec;
      const where = keys.kind === "discovery" && keys.url !== undefined ? { url: keys.url } : { issuer };
      const { checks } = await identityProviders.check(scope, { ...where, name, spec: { audiences, algorithms, introspection, tenantClaim } });
      const release = await changes.release(scope, `${version === null ? "registered" : "changed"} the identity provider ${name}`);
      return { provider: { name, spec, version: row.version, updatedAt: row.updatedAt }, checks, release };
    },
  };
}
