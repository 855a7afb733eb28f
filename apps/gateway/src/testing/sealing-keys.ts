import { contentKeyId, sealSecret } from "@sallyport/pipeline-node";
import {
  CONTENT_KEY_JWE,
  contentKeyOf,
  type Ed25519PublicJwk,
  ENCRYPTION_KEY_TYP,
  SEALED_SECTIONS,
  type SecretsSection,
  type Section,
  x25519PublicJwk,
} from "@sallyport/snapshot";
import type { SyncRequest, WrappedContentKey } from "@sallyport/snapshot/protocol";
import { CompactEncrypt, compactVerify, importJWK } from "jose";

/** Content keys of a control plane: they seal secrets, and are handed to the nodes that lack them. */
export class SealingKeys {
  /** By their id; those that are here are handed out. */
  readonly keys = new Map<string, Buffer>();
  /** Changes a content key before it goes out. */
  tamper: ((wrapped: WrappedContentKey) => WrappedContentKey) | null = null;
  readonly #fleet: string;
  readonly #group: string;

  constructor(fleet: string, group: string) {
    this.#fleet = fleet;
    this.#group = group;
  }

  /** The secrets of a group, sealed with this content key as a control plane would. @param values by `tenant/name` */
  section(key: Buffer, values: Readonly<Record<string, string>>, group = this.#group): SecretsSection {
    const id = contentKeyId(key);
    this.keys.set(id, key);
    const items = Object.entries(values).map(([itemName, value]) => {
      const [tenant = "", name = ""] = itemName.split("/");
      return [itemName, { version: 1, sealed: sealSecret(key, { fleet: this.#fleet, group, tenant, name, version: 1 }, value) }] as const;
    });
    return { kind: "secrets", contentKey: id, items: Object.fromEntries(items) };
  }

  /** The content key of a revision's sections, for a node that does not keep it. */
  async keyFor(
    sections: ReadonlyMap<string, Section> | undefined,
    { encryptionKey, contentKeys = [] }: SyncRequest,
    node: Ed25519PublicJwk,
  ): Promise<WrappedContentKey | null> {
    const sealed = SEALED_SECTIONS.map((name) => contentKeyOf(sections?.get(name)));
    const id = sealed.find((each) => each !== null) ?? null;
    const key = id === null ? undefined : this.keys.get(id);
    if (id === null || key === undefined || encryptionKey === undefined || contentKeys.includes(id)) return null;
    const { payload, protectedHeader } = await compactVerify(encryptionKey, await importJWK(node, "EdDSA"), { algorithms: ["EdDSA"] });
    if (protectedHeader.typ !== ENCRYPTION_KEY_TYP) throw new Error("this is no statement of an encryption key");
    const { alg, enc } = CONTENT_KEY_JWE;
    const to = await importJWK(x25519PublicJwk.parse(JSON.parse(new TextDecoder().decode(payload))), alg);
    const jwe = await new CompactEncrypt(key).setProtectedHeader({ alg, enc, kid: id }).encrypt(to);
    const wrapped = { id, jwe };
    return this.tamper === null ? wrapped : this.tamper(wrapped);
  }
}
