import { describe, expect, it } from "vitest";
import { hashPassword, passwordIssues, passwordMatches } from "./password.js";

const email = "mara.okafor@ledgerline.example";

describe("a password", () => {
  it.each([
    ["eleven chars"[0] ?? "", "too short"],
    ["elevenchars", "too short"],
    ["x".repeat(257), "too long"],
    [email, "made of your e-mail address"],
    [email.toUpperCase(), "made of your e-mail address"],
    ["mara.okafor1!", "made of your e-mail address"],
    ["Password1234", "one of the first"],
    ["correct horse battery staple", "one of the first"],
    ["aaaaaaaaaaaaaa", "one of the first"],
    ["abcabcabcabcabc", "one of the first"],
  ])("%j is refused: %s", (password, reason) => {
    expect(passwordIssues(password, email)).toEqual([{ path: "password", message: expect.stringContaining(reason) }]);
  });

  it.each(["four plain words here", "Tr0ub4dor&3-and-more", "пароль длинный и свой", "my cat hates mondays"])("%j is taken", (password) => {
    expect(passwordIssues(password, email)).toEqual([]);
  });

  it("is kept as argon2id and matches itself alone; without an account nothing matches", async () => {
    const stored = await hashPassword("four plain words here");
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwordMatches(stored, "four plain words here")).toBe(true);
    expect(await passwordMatches(stored, "four plain words herE")).toBe(false);
    expect(await passwordMatches(null, "an account that does not exist")).toBe(false);
  });

  it("takes as long to compare where there is no account as where there is one", async () => {
    const stored = await hashPassword("four plain words here");
    const median = async (of: string | null): Promise<number> => {
      const times: number[] = [];
      for (let index = 0; index < 9; index++) {
        const began = performance.now();
        await passwordMatches(of, "not the password at all");
        times.push(performance.now() - began);
      }
      return times.sort((a, b) => a - b)[4] ?? 0;
    };
    await median(null);
    const [known, unknown] = [await median(stored), await median(null)];
    // Without the decoy the ratio would be thousands.
    expect(known / unknown).toBeGreaterThan(0.25);
    expect(known / unknown).toBeLessThan(4);
  });
});
