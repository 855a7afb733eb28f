import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentKeyId, openSecret, type SealedSecretPlace, sealSecret } from "./sealed-secret.js";

const label = fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/);
const place = fc.record({ fleet: fc.uuid(), group: label, tenant: label, name: label, version: fc.integer({ min: 1, max: 2 ** 31 - 1 }) });
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const secret = fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" });

describe("a sealed secret", () => {
  it("opens with its key in its place, and is sealed differently each time", () => {
    fc.assert(
      fc.property(key, place, secret, (content, where, text) => {
        const sealed = sealSecret(content, where, text);
        expect(openSecret(content, where, sealed)).toBe(text);
        expect(sealSecret(content, where, text)).not.toBe(sealed);
        expect(Buffer.from(sealed, "base64url").includes(Buffer.from(text)) && text.length > 3).toBe(false);
      }),
    );
  });

  it("opens with no other key, in no other place, and with no byte changed", () => {
    fc.assert(
      fc.property(key, key, place, place, secret, fc.nat(), fc.integer({ min: 1, max: 255 }), (content, other, where, elsewhere, text, at, flip) => {
        const sealed = sealSecret(content, where, text);
        if (contentKeyId(other) !== contentKeyId(content)) expect(openSecret(other, where, sealed)).toBeNull();
        for (const member of ["fleet", "group", "tenant", "name", "version"] as const satisfies readonly (keyof SealedSecretPlace)[])
          if (elsewhere[member] !== where[member]) expect(openSecret(content, { ...where, [member]: elsewhere[member] }, sealed), member).toBeNull();
        const bytes = Buffer.from(sealed, "base64url");
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ flip;
        expect(openSecret(content, where, bytes.toString("base64url"))).toBeNull();
        expect(openSecret(content, where, sealed.slice(0, at % sealed.length))).toBeNull();
      }),
    );
  });

  it("does not let text wander from one part of its place into the next", () => {
    const content = randomBytes(32);
    const base = { fleet: "f", group: "g", version: 1 };
    const sealed = sealSecret(content, { ...base, tenant: "acme", name: "x-okta" }, "s3cret");
    expect(openSecret(content, { ...base, tenant: "acme-x", name: "okta" }, sealed)).toBeNull();
    expect(openSecret(content, { ...base, tenant: 'acme","x', name: "okta" }, sealed)).toBeNull();
  });

  it("takes content keys of 32 bytes and nothing else", () => {
    for (const length of [0, 16, 31, 33]) expect(() => contentKeyId(randomBytes(length))).toThrow(/32 bytes/);
    expect(openSecret(randomBytes(16), { fleet: "f", group: "g", tenant: "t", name: "n", version: 1 }, "A".repeat(80))).toBeNull();
  });
});
