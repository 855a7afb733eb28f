import type { IdpClock } from "../clock.js";
import type { IdpHttp } from "../http/idp-http.js";
import { type DiscoveryDocument, type ImportedKeys, type ImportKeys, parseDiscovery, parseJwks } from "./documents.js";
import { createRemoteDocument, type KeySettings, type RemoteDocument } from "./remote-document.js";

/** Every document of this node, by URL. */
export interface DocumentStore {
  discovery(url: string): RemoteDocument<DiscoveryDocument>;
  jwks(url: string): RemoteDocument<ImportedKeys>;
  /** @param inUse URLs that somebody who reads documents here still needs */
  addUser(inUse: () => Iterable<string>): void;
  /** Drops what nobody needs. */
  dropUnused(): void;
}

export interface DocumentStoreOptions {
  readonly http: IdpHttp;
  readonly clock: IdpClock;
  readonly settings: () => KeySettings;
  readonly importKeys: ImportKeys;
}

export function createDocumentStore(options: DocumentStoreOptions): DocumentStore {
  const { http, clock, settings, importKeys } = options;
  const discoveries = new Map<string, RemoteDocument<DiscoveryDocument>>();
  const keySets = new Map<string, RemoteDocument<ImportedKeys>>();
  const users: (() => Iterable<string>)[] = [];
  const parseKeys = (json: unknown, previous: ImportedKeys | null) => parseJwks(json, importKeys, previous);
  return {
    discovery(url) {
      let document = discoveries.get(url);
      if (document === undefined) {
        document = createRemoteDocument<DiscoveryDocument>({ url, http, clock, settings, parse: parseDiscovery });
        discoveries.set(url, document);
      }
      return document;
    },
    jwks(url) {
      let document = keySets.get(url);
      if (document === undefined) {
        document = createRemoteDocument<ImportedKeys>({ url, http, clock, settings, parse: parseKeys });
        keySets.set(url, document);
      }
      return document;
    },
    addUser(inUse) {
      users.push(inUse);
    },
    dropUnused() {
      const needed = new Set(users.flatMap((inUse) => [...inUse()]));
      for (const url of discoveries.keys()) if (!needed.has(url)) discoveries.delete(url);
      for (const url of keySets.keys()) if (!needed.has(url)) keySets.delete(url);
    },
  };
}
