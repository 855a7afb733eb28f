import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { failpoint } from "@sallyport/failpoints";
import type { Logger } from "pino";
import { z } from "zod";
import { parseJson, readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";
import {
  type EncryptionKey,
  encryptionKeyOf,
  encryptionKeyPath,
  encryptionKeyText,
  loadEncryptionKey,
  makeEncryptionKey,
  storedEncryptionKey,
} from "./encryption-key.js";
import { registeredKid } from "./identity-file.js";
import { loadNodeKey, makeNodeKey, type NodeKey, nodeKeyOf, nodeKeyPath, nodeKeyText, storedNodeKey } from "./node-key.js";

/** Both keys of a node. They are renewed together. */
export interface KeyPair {
  /** By which it is known. */
  readonly signing: NodeKey;
  /** With which it opens what it is sent. */
  readonly encryption: EncryptionKey;
}

/** The pairs of keys that a node has. What it may have to fall back on after a crash is on disk before anybody else relies on it. */
export interface NodeKeys {
  /** The pair that it uses. */
  readonly present: KeyPair;
  /** Made for a renewal that is not known to have come out. The control plane may know it already. */
  readonly next: KeyPair | null;
  /** The pair before the present one: it opens what was encrypted to it, and is what a control plane knows that was restored from before. */
  readonly previous: KeyPair | null;
  /** When the present pair was made: the age of its file, ms since the epoch. */
  readonly madeAtMs: number;
  /** The next pair, made and durable. @throws when the disk refuses */
  prepare(): Promise<KeyPair>;
  /**
   * Uses `next` or `previous` from now on. The pair that was present takes the other place.
   * @param identify writes the identity with this `kid`
   * @throws when the disk refuses: the pair is used all the same, what is on disk leads back to it, and `settle` tries again
   */
  adopt(pair: KeyPair, identify: (kid: string) => Promise<void>): Promise<void>;
  /** Writes what the disk did not take before. @returns whether there was something @throws when it refuses again */
  settle(): Promise<boolean>;
}

type Place = "next" | "previous";

const storedPair = z.strictObject({ nodeKey: storedNodeKey, encryptionKey: storedEncryptionKey });

/**
 * The keys of `keyDir`; the present pair is made at the first start. A renewal that a crash cut off behind the moment at which the identity named
 * the new pair is finished here; one that was cut off before is tried again by whoever finds `next`.
 * @param where `dataDir` has the identity
 * @throws Error with one clear sentence when the present key cannot be read
 */
export async function openNodeKeys(where: { readonly keyDir: string; readonly dataDir: string }, logger: Logger): Promise<NodeKeys> {
  const { keyDir } = where;
  const pathOf = (place: Place): string => join(keyDir, `${place}-keys.json`);

  const read = async (place: Place): Promise<KeyPair | null> => {
    const text = await readIfThere(pathOf(place));
    if (text === null) return null;
    const parsed = storedPair.safeParse(parseJson(text));
    if (!parsed.success) {
      logger.warn({ path: pathOf(place) }, "a pair of keys cannot be read; the node does without it");
      return null;
    }
    const signing = await nodeKeyOf(parsed.data.nodeKey);
    return { signing, encryption: await encryptionKeyOf(parsed.data.encryptionKey, signing) };
  };
  const write = async (place: Place, { signing, encryption }: KeyPair): Promise<void> => {
    const pair = { nodeKey: JSON.parse(nodeKeyText(signing)) as unknown, encryptionKey: JSON.parse(encryptionKeyText(encryption)) as unknown };
    await writeAtomically(pathOf(place), `${JSON.stringify(storedPair.parse(pair))}\n`);
  };
  /** Gives a pair that the identity names its place. */
  const settleIn = async ({ signing, encryption }: KeyPair, from: Place): Promise<void> => {
    await writeAtomically(encryptionKeyPath(keyDir), encryptionKeyText(encryption));
    failpoint("node.renewal_encryption_key_written");
    await writeAtomically(nodeKeyPath(keyDir), nodeKeyText(signing));
    failpoint("node.renewal_key_written");
    await rm(pathOf(from), { force: true });
  };
  const ageOf = async (): Promise<number> => (await stat(nodeKeyPath(keyDir))).mtimeMs;

  const kid = await registeredKid(where.dataDir);
  const others = { next: await read("next"), previous: await read("previous") };
  let signing = await loadNodeKey(keyDir);
  for (const place of ["next", "previous"] as const) {
    const pair = others[place];
    if (pair === null || pair.signing.publicJwk.kid !== kid) continue;
    // Its files may have their places already, all or some.
    await settleIn(pair, place);
    others[place] = null;
    signing = pair.signing;
  }
  let present: KeyPair = { signing, encryption: await loadEncryptionKey(keyDir, signing, logger) };
  let madeAtMs = await ageOf();
  let unsettled: (() => Promise<void>) | null = null;

  let settling: Promise<boolean> | null = null;
  const settle = (): Promise<boolean> => {
    settling ??= (async () => {
      const isWanting = unsettled !== null;
      await unsettled?.();
      unsettled = null;
      return isWanting;
    })().finally(() => {
      settling = null;
    });
    return settling;
  };

  return {
    get present() {
      return present;
    },
    get next() {
      return others.next;
    },
    get previous() {
      return others.previous;
    },
    get madeAtMs() {
      return madeAtMs;
    },
    settle,
    async prepare() {
      // The file of the next pair may be the only one that has the present one.
      await settle();
      if (others.next !== null) return others.next;
      const made = await makeNodeKey();
      const pair = { signing: made, encryption: await makeEncryptionKey(made) };
      await write("next", pair);
      failpoint("node.renewal_prepared");
      others.next = pair;
      return pair;
    },
    async adopt(pair, identify) {
      await settle();
      const from = pair === others.next ? "next" : "previous";
      const to = from === "next" ? "previous" : "next";
      const before = present;
      present = pair;
      others[from] = null;
      others[to] = before;
      unsettled = async () => {
        await write(to, before);
        failpoint("node.renewal_previous_kept");
        await identify(pair.signing.publicJwk.kid);
        failpoint("node.renewal_identity_written");
        await settleIn(pair, from);
        madeAtMs = await ageOf();
      };
      await settle();
    },
  };
}
