import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { InternalTokenSigner } from "@sallyport/pipeline";
import type { InternalKeysSection, InternalTokenAlgorithm } from "@sallyport/snapshot";

type Entry = InternalKeysSection["keys"][number];

export interface InternalTokenSignerOptions {
  /** Keys of the running revision, newest first; null without any. */
  readonly section: () => InternalKeysSection | null;
  /** The private half, PKCS #8 PEM; null while it does not open. */
  readonly open: (entry: Entry, contentKey: string) => string | null;
  readonly clock: { now(): number };
}

/** What node:crypto needs for each algorithm; ECDSA signatures in the form of RFC 7518 §3.4. */
const ALGORITHMS = {
  ES256: { digest: "sha256", options: { dsaEncoding: "ieee-p1363" } },
  EdDSA: { digest: null, options: {} },
} as const satisfies Record<InternalTokenAlgorithm, { digest: string | null; options: object }>;

interface Ready {
  readonly section: InternalKeysSection;
  readonly signFrom: number;
  readonly key: KeyObject;
  readonly algorithm: InternalTokenAlgorithm;
  /** The protected header, encoded: the same for every token of the key. */
  readonly header: string;
}

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/**
 * Signs with the newest key whose time has come (BEHAVIOUR §6): one that upstreams with an older JWK Set do not know yet waits, and the
 * key before it goes on. The private half is kept as a KeyObject, in memory only, for as long as its revision runs.
 */
export function createInternalTokenSigner({ section, open, clock }: InternalTokenSignerOptions): InternalTokenSigner {
  let ready: Ready | null = null;
  /** When a newer key of the same revision may take over, seconds. */
  let lookAgainAt = 0;

  const prepare = (keys: InternalKeysSection, now: number): Ready | null => {
    const entry = keys.keys.find(({ sealed, signFrom }) => sealed !== null && signFrom <= now);
    const pem = entry === undefined ? null : open(entry, keys.contentKey);
    if (entry === undefined || pem === null) return null;
    const waiting = keys.keys.filter(({ sealed, signFrom }) => sealed !== null && signFrom > now).map(({ signFrom }) => signFrom);
    lookAgainAt = Math.min(Number.POSITIVE_INFINITY, ...waiting);
    const { algorithm, kid, signFrom } = entry;
    return { section: keys, signFrom, key: createPrivateKey(pem), algorithm, header: encoded({ alg: algorithm, kid, typ: "JWT" }) };
  };

  return {
    sign(claims) {
      const keys = section();
      if (keys === null) return null;
      const now = Math.floor(clock.now() / 1000);
      if (ready === null || ready.section !== keys || now >= lookAgainAt || now < ready.signFrom) ready = prepare(keys, now);
      if (ready === null) return null;
      const input = `${ready.header}.${encoded(claims)}`;
      const { digest, options } = ALGORITHMS[ready.algorithm];
      return `${input}.${sign(digest, Buffer.from(input), { key: ready.key, ...options }).toString("base64url")}`;
    },
  };
}
