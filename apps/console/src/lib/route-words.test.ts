import { routeSpec } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { authenticationSentence, authenticationWords, matchWords } from "./route-words.js";

const route = (spec: object) => routeSpec.parse({ upstream: "main", ...spec });

describe("a route in words", () => {
  it("says that a route without authentication denies", () => expect(authenticationWords(route({}).authentication)).toBe("Denies all"));
  it("names the providers it is limited to", () =>
    expect(authenticationWords(route({ authentication: { mode: "required", identityProviders: ["ping", "entra"] } }).authentication)).toBe(
      "Bearer of entra, ping",
    ));
  it.each([
    [{ mode: "required" }, "Bearer required"],
    [{ mode: "required", authenticators: ["api_key"] }, "API key required"],
    [{ mode: "required", authenticators: ["bearer", "api_key"] }, "Bearer or API key"],
    [{ mode: "required", authenticators: ["api_key", "bearer"], identityProviders: ["ping"] }, "API key or Bearer of ping"],
    [{ mode: "required", authenticators: ["bearer", "api_key"], match: "all" }, "Bearer and API key"],
    [{ mode: "optional", authenticators: ["api_key"] }, "API key optional"],
    [{ mode: "required", authenticators: ["client_certificate"], identityProviders: ["ping"] }, "Client certificate required"],
  ])("names the credentials of %o in their order", (authentication, words) =>
    expect(authenticationWords(route({ authentication }).authentication)).toBe(words),
  );
  it.each([
    [{ mode: "public" }, /nobody is asked/],
    [{ mode: "deny" }, /403 route_denied/],
    [
      { mode: "required", authenticators: ["client_certificate"] },
      /^A request needs a client certificate; without it, 401 missing_client_certificate\.$/,
    ],
    [{ mode: "required", authenticators: ["api_key"] }, /^A request needs an API key; without it, 401 missing_api_key\.$/],
    [
      { mode: "required", authenticators: ["bearer", "api_key"] },
      /401 missing_token\. Of both, the bearer token counts, .* the API key does not help/,
    ],
    [{ mode: "required", authenticators: ["api_key", "bearer"], match: "all" }, /both must hold\. It goes on as whom the API key names/],
    [{ mode: "optional", authenticators: ["bearer", "api_key"] }, /as nobody unless it brings a bearer token or an API key/],
  ])("says what %o asks for", (authentication, sentence) =>
    expect(authenticationSentence(route({ authentication }).authentication)).toMatch(sentence),
  );
  it("leaves methods out when every one matches", () => {
    expect(matchWords(route({ pathPrefix: "/v1" }))).toBe("/v1");
    expect(matchWords(route({ pathPrefix: "/v1", methods: ["POST", "GET"] }))).toBe("GET POST /v1");
  });
});
