import { routeSpec } from "@sallyport/snapshot";
import { describe, expect, it } from "vitest";
import { authenticationWords, matchWords } from "./route-words.js";

const route = (spec: object) => routeSpec.parse({ upstream: "main", ...spec });

describe("a route in words", () => {
  it("says that a route without authentication denies", () => expect(authenticationWords(route({}).authentication)).toBe("Denies all"));
  it("names the providers it is limited to", () =>
    expect(authenticationWords(route({ authentication: { mode: "required", identityProviders: ["ping", "entra"] } }).authentication)).toBe(
      "Bearer of entra, ping",
    ));
  it("leaves methods out when every one matches", () => {
    expect(matchWords(route({ pathPrefix: "/v1" }))).toBe("/v1");
    expect(matchWords(route({ pathPrefix: "/v1", methods: ["POST", "GET"] }))).toBe("GET POST /v1");
  });
});
