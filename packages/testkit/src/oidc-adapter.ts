import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

interface Stored {
  readonly payload: AdapterPayload;
  readonly expiresAt: number;
}

/**
 * Where a provider of this kit keeps codes, grants, sessions and opaque tokens: in memory, for as long as the process runs.
 * The library's own in-memory adapter is the same thing with a warning.
 */
export function createMemoryAdapter(): AdapterFactory {
  const store = new Map<string, Stored>();

  const read = (key: string): AdapterPayload | undefined => {
    const found = store.get(key);
    if (found === undefined) return undefined;
    if (found.expiresAt > Date.now()) return found.payload;
    store.delete(key);
    return undefined;
  };
  const search = (model: string, isIt: (payload: AdapterPayload) => boolean): AdapterPayload | undefined => {
    for (const key of store.keys()) {
      const payload = key.startsWith(`${model}:`) ? read(key) : undefined;
      if (payload !== undefined && isIt(payload)) return payload;
    }
    return undefined;
  };

  return (model): Adapter => ({
    async upsert(id, payload, expiresIn) {
      store.set(`${model}:${id}`, { payload, expiresAt: expiresIn ? Date.now() + expiresIn * 1_000 : Number.POSITIVE_INFINITY });
    },
    async find(id) {
      return read(`${model}:${id}`);
    },
    async findByUid(uid) {
      return search(model, (payload) => payload.uid === uid);
    },
    async findByUserCode(userCode) {
      return search(model, (payload) => payload.userCode === userCode);
    },
    async consume(id) {
      const found = read(`${model}:${id}`);
      if (found !== undefined) found.consumed = Math.floor(Date.now() / 1_000);
    },
    async destroy(id) {
      store.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of store) if (payload.grantId === grantId) store.delete(key);
    },
  });
}
