import { describe, expect, it } from "vitest";
import { REDACTED, redacted } from "./redacted.js";

describe("an audit row's document", () => {
  it("holds no secret, at any depth, and keeps what only sounds like one", () => {
    const secret = "canary-7f3a";
    const text = JSON.stringify(
      redacted({
        clientSecret: secret,
        nested: { password: secret, list: [{ private_key: secret }, { token: secret }] },
        key: { kty: "OKP", crv: "Ed25519", x: "public", d: secret },
        oct: { kty: "oct", k: secret },
        secret: { wrapped: secret },
      }),
    );
    expect(text).not.toContain(secret);
    const kept = { tokenTypes: ["JWT"], maxTokenBytes: 8192, hasClientSecret: true, passwordHashAlgorithm: "argon2id", d: 4, clientSecret: null };
    expect(redacted(kept)).toEqual(kept);
    expect(redacted({ clientSecret: secret })).toEqual({ clientSecret: REDACTED });
  });
});
