import { describe, expect, it } from "vitest";
import { actionPhrase, kindWords } from "./audit-words.js";

describe("audit sentences", () => {
  it.each([
    [{ action: "route.update", targetKind: "Route", targetName: "payouts", tenant: "globex" }, "changed route payouts of globex"],
    [
      { action: "identity_provider.create", targetKind: "IdentityProvider", targetName: "main", tenant: "acme" },
      "added identity provider main of acme",
    ],
    [{ action: "tenant.suspend", targetKind: "Tenant", targetName: "tyrell", tenant: "tyrell" }, "suspended tenant tyrell"],
    [{ action: "revision.publish", targetKind: "Revision", targetName: "43", tenant: null }, "published revision 43"],
    [{ action: "api_key.rotate", targetKind: "ApiKey", targetName: "ci-runner", tenant: "acme" }, "rotated API key ci-runner of acme"],
    [{ action: "revocation.create_subject", targetKind: "Subject", targetName: "ada", tenant: "acme" }, "revoked the tokens of subject ada of acme"],
    [{ action: "revocation.lift_suspension", targetKind: "Tenant", targetName: "acme", tenant: "acme" }, "lifted the suspension of tenant acme"],
    [{ action: "portal_session.enter", targetKind: "PortalInvitation", targetName: "Art", tenant: "acme" }, "came in to the portal"],
    [
      { action: "portal_invitation.revoke", targetKind: "PortalInvitation", targetName: "Art", tenant: "acme" },
      "revoked portal invitation for Art of acme",
    ],
    [{ action: "session.sign_in", targetKind: "Person", targetName: "mara", tenant: null }, "signed in"],
  ])("%o", (deed, phrase) => expect(actionPhrase(deed)).toBe(phrase));
  it("keeps the code of a deed that it does not know", () =>
    expect(actionPhrase({ action: "moon.howl", targetKind: "Moon", targetName: "luna", tenant: null })).toBe("moon.howl moon luna"));
  it("reads unknown kinds in their own words", () => expect(kindWords("JoinToken")).toBe("join token"));
});
