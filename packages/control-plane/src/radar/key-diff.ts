import type { ObservedKey } from "@sallyport/idp-client";

/** A key that a provider publishes or published, as it is stored. Moments in ms since the epoch. */
export interface KnownKey extends Omit<ObservedKey, "algorithms"> {
  readonly firstSeenAt: number;
  /** Null while it is published. */
  readonly lastSeenAt: number | null;
  /** When it was found to be gone; null while it is published. */
  readonly vanishedAt: number | null;
}

/** What became of a provider's keys between two looks. Every known and every seen key is in exactly one of the first four. */
export interface KeyDiff {
  /** Never seen before. */
  readonly appeared: readonly ObservedKey[];
  /** Was gone, and is back. */
  readonly returned: readonly KnownKey[];
  /** Still there. */
  readonly kept: readonly KnownKey[];
  /** Was there, and is gone now. */
  readonly vanished: readonly KnownKey[];
  /** Was gone before, and still is. */
  readonly absent: readonly KnownKey[];
  /** `kid`s that stand for another key than they did: all keys of that name went, and others came. */
  readonly replaced: readonly string[];
}

type Identity = Pick<KnownKey, "kid" | "thumbprint">;

/** A name alone is no key: providers have put new material under an old `kid`. */
const identityOf = ({ kid, thumbprint }: Identity): string => JSON.stringify([kid, thumbprint]);

/**
 * Compares what is known with what was seen.
 * @param seen each key once, as `observeKeys` gives them
 */
export function diffKeys(known: readonly KnownKey[], seen: readonly ObservedKey[]): KeyDiff {
  const present = new Set(seen.map(identityOf));
  const have = new Set(known.map(identityOf));
  const appeared = seen.filter((key) => !have.has(identityOf(key)));
  const here = known.filter((key) => present.has(identityOf(key)));
  const gone = known.filter((key) => !present.has(identityOf(key)));
  const vanished = gone.filter(({ vanishedAt }) => vanishedAt === null);
  const kept = here.filter(({ vanishedAt }) => vanishedAt === null);
  const stays = new Set(kept.map(({ kid }) => kid));
  const left = new Set(vanished.map(({ kid }) => kid));
  const returned = here.filter(({ vanishedAt }) => vanishedAt !== null);
  const came = [...appeared, ...returned].map(({ kid }) => kid);
  return {
    ...{ appeared, returned, kept, vanished },
    absent: gone.filter(({ vanishedAt }) => vanishedAt !== null),
    // Without a name there is nothing that could be mistaken for another.
    replaced: [...new Set(came)].filter((kid) => kid !== "" && left.has(kid) && !stays.has(kid)),
  };
}
