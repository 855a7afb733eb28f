import { authenticate, explain } from "@sallyport/pipeline";
import { describe, expect, test } from "vitest";
import { acmeMint, bearer, globexMint, keys, snapshot } from "./testing/acme-and-globex.fixture.js";
import { claimsOf, factsOf, portsWith, type RequestParts } from "./testing/fleet.fixture.js";

const good = bearer(acmeMint.token(claimsOf("acme")));
const P = "pass";
const F = "fail";
const S = "skipped";

describe("the debugger's explanation", () => {
  test.each<[string, RequestParts, string[]]>([
    ["an allowed request passes every step", { authorization: good }, [P, P, P, P, P, P, P, P]],
    ["a malformed one ends at admission", { target: "/.." }, [F, S, S, S, S, S, S, S]],
    ["an unknown tenant ends there", { host: "nobody.api.example.com" }, [P, F, S, S, S, S, S, S]],
    ["a route that denies ends there", { target: "/shut" }, [P, P, F, S, S, S, S, S]],
    ["no token ends at the extraction", {}, [P, P, P, F, S, S, S, S]],
    ["a bad token ends at the authentication", { authorization: "Bearer x" }, [P, P, P, P, F, S, S, S]],
    ["a foreign token ends at the tenant match", { authorization: bearer(globexMint.token(claimsOf("globex"))) }, [P, P, P, P, S, F, S, S]],
    ["a public route skips the credential", { target: "/open" }, [P, P, P, S, S, S, P, P]],
  ])("%s", async (_, request, results) => {
    const ports = portsWith(keys);
    const { decision, steps } = await explain(snapshot, factsOf(request), ports, { stopwatch: () => performance.now() * 1_000 });
    expect(steps.map(({ result }) => result)).toEqual(results);
    expect(steps.map(({ step }) => step)).toEqual(["admit", "resolve", "route", "extract", "authenticate", "match", "limit", "propagate"]);
    expect(decision).toEqual(await authenticate(snapshot, factsOf(request), ports));
  });

  test("a failing step says the code and the reason, and no step shows the token", async () => {
    const { steps } = await explain(snapshot, factsOf({ authorization: bearer(acmeMint.token(claimsOf("acme", { aud: "x" }))) }), portsWith(keys), {
      stopwatch: () => 0,
    });
    expect(steps[4]).toMatchObject({ step: "authenticate", result: "fail", detail: "invalid_token: aud holds none of the accepted audiences" });
    expect(JSON.stringify(steps)).not.toContain("eyJ");
  });
});
