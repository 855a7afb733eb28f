import { describe, expect, it } from "vitest";
import { dpopSettings, identityProviderSpec } from "./identity-provider.js";

const spec = { issuer: "https://login.acme.example", audiences: ["api"] };

describe("DPoP of an identity provider", () => {
  it("is left out where nobody says anything of it, so that what stands there keeps its hash", () => {
    expect(Object.keys(identityProviderSpec.parse(spec))).not.toContain("dpop");
  });

  it("is offered and not required by an empty object, for proofs of a minute by the algorithms of tokens", () => {
    expect(identityProviderSpec.parse({ ...spec, dpop: {} }).dpop).toEqual({
      required: false,
      algorithms: ["ES256", "EdDSA", "PS256", "RS256"],
      proofLifetimeSeconds: 60,
    });
  });

  it.each([
    [{ proofLifetimeSeconds: 4 }, "at least 5 s"],
    [{ proofLifetimeSeconds: 301 }, "at most 300 s is allowed"],
    [{ algorithms: [] }, "name at least one algorithm"],
    [{ algorithms: ["HS256"] }, "Invalid option"],
    [{ algorithms: ["none"] }, "Invalid option"],
    [{ nonce: true }, "Unrecognized key"],
  ])("takes no %j", (dpop, message) => {
    const parsed = dpopSettings.safeParse(dpop);
    expect(parsed.error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});
