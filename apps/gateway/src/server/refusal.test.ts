import { type DenyCode, REFUSALS } from "@sallyport/pipeline";
import type { RateLimitFields } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { refusalOnTheWire, refusalResponse } from "./refusal.js";

const CODES = Object.keys(REFUSALS) as DenyCode[];
const fieldsOf = (headers: readonly string[]): Record<string, string> =>
  Object.fromEntries(headers.flatMap((name, index) => (index % 2 === 0 ? [[name.toLowerCase(), headers[index + 1] ?? ""]] : [])));

describe("a refusal", () => {
  it.each(CODES)("%s is a problem document of its own code and status, and a challenge where the status asks for one", (code) => {
    const { status, headers, body } = refusalResponse(code, { requestId: "req-1", tenant: "acme" });
    const fields = fieldsOf(headers);
    expect(JSON.parse(body)).toEqual({
      type: `urn:sallyport:problem:${code}`,
      title: REFUSALS[code].title,
      status: REFUSALS[code].status,
      code,
      request_id: "req-1",
      error: code,
      message: REFUSALS[code].title,
    });
    expect(fields).toMatchObject({ "content-type": "application/problem+json", "cache-control": "no-store", "x-request-id": "req-1" });
    expect(fields["content-length"]).toBe(String(Buffer.byteLength(body)));
    const schemes: Record<string, RegExp> = {
      api_key: /^ApiKey realm="acme"$/,
      invalid_dpop_proof: /^DPoP realm="acme", error="invalid_dpop_proof"/,
      session: /^Session realm="acme"$/,
      client_certificate: /^ClientCertificate realm="acme"$/,
    };
    if (status === 401) expect(fields["www-authenticate"]).toMatch(schemes[REFUSALS[code].challenge ?? ""] ?? /^Bearer realm="acme"/);
    expect(status).not.toBe(500);
  });

  describe("of a token, where DPoP is spoken (RFC 9449 §7.1)", () => {
    const algorithms = ["ES256", "EdDSA"] as const;
    const challenge = (code: DenyCode, dpop: { takesBearer: boolean; used: boolean }): string | undefined =>
      fieldsOf(refusalResponse(code, { requestId: "r", tenant: "acme", dpop: { algorithms, ...dpop } }).headers)["www-authenticate"];
    const invalid = 'error="invalid_token", error_description="The token is not valid here"';

    it.each([
      ["missing_token", { takesBearer: true, used: false }, 'Bearer realm="acme", DPoP realm="acme", algs="ES256 EdDSA"'],
      ["missing_token", { takesBearer: false, used: false }, 'DPoP realm="acme", algs="ES256 EdDSA"'],
      ["invalid_token", { takesBearer: true, used: false }, `Bearer realm="acme", ${invalid}, DPoP realm="acme", algs="ES256 EdDSA"`],
      ["invalid_token", { takesBearer: false, used: false }, `DPoP realm="acme", ${invalid}, algs="ES256 EdDSA"`],
      ["invalid_token", { takesBearer: true, used: true }, `DPoP realm="acme", ${invalid}, algs="ES256 EdDSA", Bearer realm="acme"`],
      [
        "invalid_dpop_proof",
        { takesBearer: false, used: true },
        'DPoP realm="acme", error="invalid_dpop_proof", error_description="The proof of possession is not valid here", algs="ES256 EdDSA"',
      ],
    ] as const)("%s with %j", (code, dpop, expected) => {
      expect(challenge(code, dpop)).toBe(expected);
    });

    it("other kinds of credentials have their own challenges all the same", () => {
      expect(challenge("missing_api_key", { takesBearer: true, used: false })).toBe('ApiKey realm="acme"');
    });
  });

  it("sends a browser to the login, and takes away a cookie that is worth nothing", () => {
    const facts = { requestId: "r", tenant: "acme", clearCookie: "__Host-sallyport-acme", loginPath: "/.sallyport/login?return_to=%2F" };
    const { status, headers, body } = refusalResponse("session_expired", facts);
    expect(status).toBe(302);
    expect(fieldsOf(headers)).toMatchObject({
      location: "/.sallyport/login?return_to=%2F",
      "set-cookie": "__Host-sallyport-acme=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
    });
    expect(JSON.parse(body)).toMatchObject({ code: "session_expired" });
    expect(fieldsOf(headers)).not.toHaveProperty("www-authenticate");
  });

  it("names the scopes that are missing, and the methods that are allowed", () => {
    const scoped = fieldsOf(
      refusalResponse("insufficient_scope", { requestId: "r", tenant: "acme", requiredScopes: ["pay:read", "pay:write"] }).headers,
    );
    expect(scoped["www-authenticate"]).toBe(
      'Bearer realm="acme", error="insufficient_scope", error_description="The credential\'s scope is not enough", scope="pay:read pay:write"',
    );
    expect(fieldsOf(refusalResponse("method_not_allowed", { requestId: "r", allowedMethods: ["GET", "HEAD"] }).headers)).toHaveProperty(
      "allow",
      "GET, HEAD",
    );
  });

  it("tells a limited client when to come back, and by which policies it is counted", () => {
    const refusing = { ofFleet: true, action: "refuse", exceeded: false } as const;
    const limits = [
      { ...refusing, policy: "per-tenant", limit: 100, windowSeconds: 1, remaining: 7, retryAfterSeconds: 0 },
      // It would have refused for longer, and refuses nobody: the client hears nothing of it.
      { ...refusing, policy: "trial", action: "observe", exceeded: true, limit: 1, windowSeconds: 600, remaining: 0, retryAfterSeconds: 600 },
      { ...refusing, policy: "per-address", exceeded: true, limit: 10, windowSeconds: 60, remaining: 0, retryAfterSeconds: 5.2 },
    ] as const;
    const answer = (rateLimitFields: RateLimitFields = "draft") =>
      fieldsOf(refusalResponse("rate_limited", { requestId: "r", limits, rateLimitFields }).headers);
    expect(answer()).toMatchObject({
      "retry-after": "6",
      "ratelimit-policy": '"per-tenant";q=100;w=1, "per-address";q=10;w=60',
      ratelimit: '"per-tenant";r=7;t=0, "per-address";r=0;t=6',
    });
    expect(JSON.stringify(answer())).not.toContain("trial");
    const legacy = answer("legacy");
    expect(legacy).toMatchObject({ "retry-after": "6", "x-ratelimit-limit": "10", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "6" });
    expect(Object.keys(legacy).filter((name) => name.startsWith("ratelimit"))).toEqual([]);
    const none = answer("none");
    expect(none).toMatchObject({ "retry-after": "6" });
    expect(Object.keys(none).filter((name) => name.includes("ratelimit"))).toEqual([]);
  });

  it("is whole on a bare socket, and ends the connection", () => {
    const text = refusalOnTheWire("bad_request", { requestId: "req-1" });
    const [head = "", body = ""] = text.split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head).toContain("\r\nConnection: close");
    expect(head).toContain(`\r\nContent-Length: ${body.length}`);
    expect(JSON.parse(body)).toMatchObject({ code: "bad_request" });
  });
});
