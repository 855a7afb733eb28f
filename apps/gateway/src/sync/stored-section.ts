import { hash } from "node:crypto";
import { type Section, section } from "@sallyport/snapshot";
import { z } from "zod";
import { GATEWAY_VERSION } from "../version.js";

/**
 * A section as it stands on this node's disk: its canonical form (RFC 8785), the very bytes that its hash in the manifest is over. It need not
 * be put into that form again to be checked, and what this build has written has passed this build's schema before.
 */
export class StoredSection {
  readonly bytes: Buffer;
  /** Written by a build with the same schema. Only says how the section is read: which one it must be, the hash says. */
  readonly sameBuild: boolean;

  constructor(bytes: Buffer, sameBuild: boolean) {
    this.bytes = bytes;
    this.sameBuild = sameBuild;
  }

  hash(): string {
    return hash("sha256", this.bytes, "hex");
  }
}

const KINDS: ReadonlySet<unknown> = new Set(section.options.map(({ shape }) => shape.kind.value));

/**
 * For bytes of which the hash is proven: the control plane has signed them, and a build with this very schema took them. Only the kind is
 * looked at again, and the compiler refuses what it cannot read.
 */
export const knownSection = z.custom<Section>(
  (value) => typeof value === "object" && value !== null && "kind" in value && KINDS.has(value.kind),
  "not a section",
);

/** Names the build and the shape of its sections: another mark on a file means that every section is parsed again. */
export const BUILD_MARK = `${GATEWAY_VERSION}/${hash("sha256", JSON.stringify(z.toJSONSchema(section, { io: "output", unrepresentable: "any" })), "hex")}`;
