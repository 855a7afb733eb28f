import { generateKeyPairSync } from "node:crypto";
import type { FleetTransaction } from "@sallyport/data";
import { sealSecret } from "@sallyport/pipeline-node";
import { type InternalKeysSection, internalKeyPlace, internalKeysSection, verifyingKeys } from "@sallyport/snapshot";
import { calculateJwkThumbprint } from "jose";
import type { ControlPlaneDeps } from "../deps.js";
import { readSettings } from "../fleet/fleet.js";
import type { ContentKeys } from "../secrets/content-keys.js";
import type { SecretBox, SecretPlace } from "../secrets/sealed.js";

/** Whose keys. */
interface KeysOf {
  /** Id of the installation. */
  readonly fleet: string;
  readonly group: { readonly id: string; readonly name: string };
}

/** The keys that groups' nodes sign tokens for upstreams with (BEHAVIOUR §6, `internal_token`). */
export interface GroupKeys {
  /**
   * The group's section, the same for as long as no key and no content key changes; null while nobody has asked for internal tokens.
   * The first key is made here, and signs at once: before it there was no JWK Set that anybody could keep. The caller holds the revisions' lock.
   */
  sectionFor(tx: FleetTransaction, of: KeysOf): Promise<InternalKeysSection | null>;
  /** Makes the next key, which signs when every JWK Set without it is forgotten. @returns its kid and when it begins; null when the group has none yet */
  rotate(tx: FleetTransaction, groupId: string): Promise<{ kid: string; signFrom: Date } | null>;
}

const ALGORITHM = "ES256";

const placeOf = (kid: string): SecretPlace => ({ table: "internal_key", row: kid, column: "private_key" });
const publicPart = internalKeysSection.shape.keys.element.shape.publicJwk;

export function createGroupKeys(deps: ControlPlaneDeps, parts: { box: SecretBox; contentKeys: ContentKeys }): GroupKeys {
  const { box } = parts;
  const nowSeconds = (): number => Math.floor(deps.clock.now() / 1_000);
  const keysOf = (tx: FleetTransaction, groupId: string) =>
    tx.internalKey.findMany({ where: { groupId }, orderBy: [{ createdAt: "desc" }, { kid: "asc" }] });
  type Row = Awaited<ReturnType<typeof keysOf>>[number];
  const beginsAt = ({ signFrom }: Row): number => Math.floor(signFrom.getTime() / 1_000);

  async function make(tx: FleetTransaction, groupId: string, signFrom: Date): Promise<string> {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const publicJwk = publicPart.parse(pair.publicKey.export({ format: "jwk" }));
    const kid = await calculateJwkThumbprint(pair.publicKey);
    const sealed = box.seal(pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), placeOf(kid));
    const createdAt = new Date(deps.clock.now());
    await tx.internalKey.create({
      data: {
        ...{ kid, groupId, algorithm: ALGORITHM, publicJwk, createdAt, signFrom },
        privateKey: new Uint8Array(sealed.bytes),
        wrappingKeyId: sealed.keyId,
      },
    });
    return kid;
  }

  /** Somebody means to use internal tokens: in the draft, of which what is published now is a part. */
  async function isWanted(tx: FleetTransaction): Promise<boolean> {
    const rows = await tx.$queryRaw<{ wanted: boolean }[]>`
      select exists (select from propagation_policy where spec->>'strategy' = 'internal_token') as wanted`;
    return rows[0]?.wanted === true;
  }

  /** The sealed private half, kept so that the section stays the same; made anew for another content key. */
  async function sealedFor(tx: FleetTransaction, of: KeysOf, row: Row, content: { id: string; key: Buffer }): Promise<string> {
    if (row.sealed !== null && row.sealedFor === content.id) return row.sealed;
    const pem = box.open({ bytes: Buffer.from(row.privateKey), keyId: row.wrappingKeyId }, placeOf(row.kid));
    const sealed = sealSecret(content.key, internalKeyPlace({ fleet: of.fleet, group: of.group.name }, row.kid), pem);
    await tx.internalKey.updateMany({ where: { kid: row.kid }, data: { sealed, sealedFor: content.id } });
    return sealed;
  }

  return {
    async sectionFor(tx, of) {
      let rows = await keysOf(tx, of.group.id);
      if (rows.length === 0) {
        if (!(await isWanted(tx))) return null;
        await make(tx, of.group.id, new Date(0));
        rows = await keysOf(tx, of.group.id);
      }
      const now = nowSeconds();
      const signing = rows.find((row) => beginsAt(row) <= now);
      const needed = verifyingKeys(
        rows.map((row) => ({ kid: row.kid, signFrom: beginsAt(row) })),
        now,
      );
      const kept = rows.slice(0, needed.length);
      const gone = rows.slice(needed.length);
      if (gone.length > 0) await tx.internalKey.deleteMany({ where: { kid: { in: gone.map(({ kid }) => kid) } } });
      const content = await parts.contentKeys.current(tx, of.group.id);
      const keys: InternalKeysSection["keys"] = [];
      for (const row of kept) {
        const signs = signing === undefined || rows.indexOf(row) <= rows.indexOf(signing);
        const sealed = signs ? await sealedFor(tx, of, row, content) : null;
        keys.push({ kid: row.kid, algorithm: ALGORITHM, publicJwk: publicPart.parse(row.publicJwk), signFrom: beginsAt(row), sealed });
      }
      return { kind: "internal-keys", contentKey: content.id, keys };
    },

    async rotate(tx, groupId) {
      if ((await tx.internalKey.count({ where: { groupId } })) === 0) return null;
      const { jwksMaxAgeSeconds } = (await readSettings(tx)).spec.internalTokens;
      // Once for upstreams that fetched just before, and once more for nodes that hear of it late.
      const signFrom = new Date((nowSeconds() + 2 * jwksMaxAgeSeconds) * 1_000);
      // Of the keys that wait, the one that begins first stays: however often somebody rotates, the present key ends. Later ones give way.
      const waiting = await tx.internalKey.findMany({
        where: { groupId, signFrom: { gt: new Date(deps.clock.now()) } },
        orderBy: { signFrom: "asc" },
        select: { kid: true },
      });
      await tx.internalKey.deleteMany({ where: { kid: { in: waiting.slice(1).map(({ kid }) => kid) } } });
      return { kid: await make(tx, groupId, signFrom), signFrom };
    },
  };
}
