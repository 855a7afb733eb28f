import { join } from "node:path";
import { ed25519PublicJwk, entityName } from "@sallyport/snapshot";
import { z } from "zod";
import { parseJson, readIfThere } from "../files/read-if-there.js";
import { writeAtomically } from "../files/write-atomically.js";

/** Who the node is in its fleet, and whose signatures it believes. */
const nodeIdentity = z.strictObject({
  nodeId: z.uuid(),
  name: entityName,
  group: entityName,
  fleet: z.uuid(),
  /** The key that was registered: an identity without its key is worth nothing. */
  kid: z.string(),
  /** Keys that may sign revisions. */
  trustedKeys: z.array(ed25519PublicJwk).min(1).max(4),
});
export type NodeIdentity = z.output<typeof nodeIdentity>;

const fileOf = (dataDir: string): string => join(dataDir, "identity.json");

/**
 * The identity of an earlier enrolment with this key, or null.
 * @throws Error with one clear sentence when the file is there and is not an identity of this key
 */
export async function readIdentity(dataDir: string, kid: string): Promise<NodeIdentity | null> {
  const text = await readIfThere(fileOf(dataDir));
  if (text === null) return null;
  const parsed = nodeIdentity.safeParse(parseJson(text));
  if (!parsed.success || parsed.data.kid !== kid) {
    throw new Error(`${fileOf(dataDir)} does not belong to the key beside it: restore both, or empty the folder and enrol the node anew`);
  }
  return parsed.data;
}

/** `kid` of the key that the control plane knows the node by; null where the node is not enrolled, or the file is none of ours. */
export async function registeredKid(dataDir: string): Promise<string | null> {
  const text = await readIfThere(fileOf(dataDir));
  return (text === null ? undefined : nodeIdentity.safeParse(parseJson(text)).data)?.kid ?? null;
}

export async function writeIdentity(dataDir: string, identity: NodeIdentity): Promise<void> {
  await writeAtomically(fileOf(dataDir), `${JSON.stringify(identity, null, 2)}\n`);
}
