import type { InternalTokenSigner } from "@sallyport/pipeline";
import { createInternalTokenSigner, openSecret } from "@sallyport/pipeline-node";
import { INTERNAL_KEYS_SECTION, type InternalKeysSection, internalKeyPlace, verifyingKeys } from "@sallyport/snapshot";
import type { Problems } from "../problems.js";
import type { SnapshotStore } from "../store.js";
import type { ContentKeys } from "./content-keys.js";

/** The public halves, for upstreams that verify internal tokens (RFC 7517 §5). */
interface PublishedKeys {
  readonly keys: readonly Record<string, unknown>[];
  /** How long an upstream may keep them, seconds. */
  readonly maxAgeSeconds: number;
}

export interface InternalKeys {
  readonly signer: InternalTokenSigner;
  /** Null while the running revision has none: an answer that nobody may keep. */
  published(): PublishedKeys | null;
}

/** The group's keys for internal tokens, of the revision that runs. */
export function createInternalKeys(deps: {
  readonly store: Pick<SnapshotStore, "running" | "current">;
  readonly contentKeys: Pick<ContentKeys, "opened">;
  readonly problems: Problems;
  readonly clock: { now(): number };
}): InternalKeys {
  const { store, contentKeys, problems } = deps;
  const section = (): InternalKeysSection | null => {
    const found = store.running?.sections.get(INTERNAL_KEYS_SECTION);
    return found?.kind === "internal-keys" ? found : null;
  };
  const open = ({ kid, sealed }: InternalKeysSection["keys"][number], contentKey: string): string | null => {
    const key = contentKeys.opened(contentKey);
    const { envelope } = store.running ?? {};
    const pem = key === null || sealed === null || envelope === undefined ? null : openSecret(key, internalKeyPlace(envelope, kid), sealed);
    if (pem === null) problems.report("internal-keys", "the group's key for internal tokens does not open: routes that need it are refused");
    else problems.clear("internal-keys");
    return pem;
  };
  return {
    signer: createInternalTokenSigner({ section, open, clock: deps.clock }),
    published() {
      const keys = section()?.keys;
      if (keys === undefined) return null;
      return {
        keys: verifyingKeys(keys, Math.floor(deps.clock.now() / 1_000)).map(({ kid, algorithm, publicJwk }) => ({
          ...publicJwk,
          kid,
          alg: algorithm,
          use: "sig",
        })),
        maxAgeSeconds: store.current?.settings.internalTokens.jwksMaxAgeSeconds ?? 0,
      };
    },
  };
}
