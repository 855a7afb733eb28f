import type { KeyPurgesSection } from "@sallyport/snapshot";

export interface KeyPurgesDeps {
  /** Both forget what they know of an IdP. @param id `<tenant>/<name>` */
  readonly keys: { purge(id: string, atMs: number): void };
  readonly introspection: { purge(id: string): void };
}

/** Carries out purges of IdPs' keys, each once. */
export interface KeyPurges {
  /** Before the revision that brings them runs. */
  take(purgedAt: KeyPurgesSection["purgedAt"]): void;
}

export function createKeyPurges({ keys, introspection }: KeyPurgesDeps): KeyPurges {
  const done = new Map<string, string>();
  return {
    take(purgedAt) {
      for (const [tenant, idps] of Object.entries(purgedAt)) {
        for (const [name, at] of Object.entries(idps)) {
          const id = `${tenant}/${name}`;
          if (done.get(id) === at) continue;
          done.set(id, at);
          keys.purge(id, Date.parse(at));
          introspection.purge(id);
        }
      }
    },
  };
}
