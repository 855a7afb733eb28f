import { describe, expect, it } from "vitest";
import { apiKeyState } from "./api-key-words.js";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const DAY = 86_400_000;

describe("the state of an API key", () => {
  it.each([
    ["Works", null],
    ["Works", NOW + 15 * DAY],
    ["Expires soon", NOW + 13 * DAY],
    ["Expired", NOW],
  ])("is %s for an end at %s", (word, end) =>
    expect(apiKeyState({ revokedAt: null, expiresAt: end === null ? null : new Date(end) }, NOW).word).toBe(word),
  );
  it("is revoked, whatever its end", () => expect(apiKeyState({ revokedAt: new Date(NOW), expiresAt: null }, NOW).word).toBe("Revoked"));
});
