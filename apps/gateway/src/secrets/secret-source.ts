import { openSecret } from "@sallyport/pipeline-node";
import { SECRETS_SECTION, type SecretsSection, secretItemNameOf } from "@sallyport/snapshot";
import type { Problems } from "../problems.js";
import type { SnapshotStore } from "../store.js";
import type { ContentKeys } from "./content-keys.js";

/** The tenants' secrets, of the revision that runs. They are decrypted when they are asked for, and kept nowhere. */
export interface SecretSource {
  /**
   * @param tenant slug
   * @returns null when there is no value, the content key has not arrived, or it does not open: whoever needs it refuses
   */
  secretOf(tenant: string, name: string): string | null;
  /** After a revision or a key: says in the heartbeat whether secrets can be had. */
  review(): void;
}

export function createSecretSource(deps: {
  readonly store: Pick<SnapshotStore, "running">;
  readonly contentKeys: Pick<ContentKeys, "opened">;
  readonly problems: Problems;
}): SecretSource {
  const { store, contentKeys, problems } = deps;
  const section = (): SecretsSection | null => {
    const found = store.running?.sections.get(SECRETS_SECTION);
    return found?.kind === "secrets" ? found : null;
  };
  return {
    secretOf(tenant, name) {
      const { envelope } = store.running ?? {};
      const secrets = section();
      const itemName = secretItemNameOf(tenant, name);
      const item = secrets !== null && Object.hasOwn(secrets.items, itemName) ? secrets.items[itemName] : undefined;
      const key = secrets === null ? null : contentKeys.opened(secrets.contentKey);
      if (envelope === undefined || item === undefined || key === null) return null;
      const value = openSecret(key, { fleet: envelope.fleet, group: envelope.group, tenant, name, version: item.version }, item.sealed);
      if (value === null) problems.report("secrets", `the secret ${itemName} does not open: what needs it is refused`);
      return value;
    },
    review() {
      const secrets = section();
      if (secrets === null || contentKeys.opened(secrets.contentKey) !== null) problems.clear("secrets");
      else problems.report("secrets", "the key to the tenants' secrets has not arrived or does not open: what needs a secret is refused");
    },
  };
}
