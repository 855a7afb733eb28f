import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createTokenMint } from "./token-mint.js";

const ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"] as const;

describe("createTokenMint", () => {
  it.each(ALGORITHMS)("makes %s signatures that another implementation verifies", async (alg) => {
    const mint = createTokenMint({ alg, kid: "k1" });
    const token = mint.sign({ sub: "alice" });
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(mint.jwks() as JSONWebKeySet));
    expect(payload.sub).toBe("alice");
    expect(protectedHeader).toEqual({ alg, kid: "k1", typ: "at+jwt" });
  });

  it("leaves header members out on request and signs texts that are no JSON", () => {
    const mint = createTokenMint({ alg: "EdDSA" });
    const [header = ""] = mint.sign({}, { kid: undefined, crit: ["x"] }).split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ alg: "EdDSA", typ: "at+jwt", crit: ["x"] });
    expect(Buffer.from(mint.signRaw("{", "nope").split(".")[1] ?? "", "base64url").toString()).toBe("nope");
  });
});
