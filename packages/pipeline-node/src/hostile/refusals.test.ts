import { authenticate, REFUSALS } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { acme, acmeMint, bearer, keys, snapshot } from "../testing/acme-and-globex.fixture.js";
import { claimsOf, compiled, factsOf, keysOf, portsWith, unlimited } from "../testing/fleet.fixture.js";

const authorization = bearer(acmeMint.token(claimsOf("acme")));

describe("SECURITY §1.10: beyond the table", () => {
  test("idp_unavailable answers 503, and the IdP's return ends it", async () => {
    expect(await authenticate(snapshot, factsOf({ authorization }), portsWith(keysOf({})))).toMatchObject({ code: "idp_unavailable" });
    expect(await authenticate(snapshot, factsOf({ authorization }), portsWith(keys))).toMatchObject({ outcome: "allow" });
  });

  test("rate_limited answers 429 and says how long to wait", async () => {
    const limited = compiled([
      { ...acme, rateLimitPolicies: { few: { key: ["client_ip"], limit: 1, windowSeconds: 60, burst: 1, action: "refuse", routes: [], plans: [] } } },
    ]);
    let left = 1;
    const limits = {
      take: () =>
        left-- > 0 ? unlimited.take("", { limit: 1, windowSeconds: 1, burst: 1 }) : { allowed: false, remaining: 0, retryAfterSeconds: 42 },
    };
    const ports = portsWith(keys, { limits });
    expect(await authenticate(limited, factsOf({ authorization }), ports)).toMatchObject({ outcome: "allow" });
    const refused = await authenticate(limited, factsOf({ authorization }), ports);
    expect(refused).toMatchObject({ outcome: "deny", code: "rate_limited", limits: [{ policy: "few", remaining: 0, retryAfterSeconds: 42 }] });
  });

  test("no code is answered by 500", () => {
    for (const { status } of Object.values(REFUSALS)) expect(status).not.toBe(500);
  });
});
