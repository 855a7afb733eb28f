import { describe, expect, it } from "vitest";
import { typedSource } from "./typed-source.js";

describe("what was typed into the wizard", () => {
  it("is an issuer when it is a URL", () => expect(typedSource(" https://sso.example/oauth2 ")).toEqual({ issuer: "https://sso.example/oauth2" }));
  it("is a discovery document when it says so", () =>
    expect(typedSource("https://sso.example/.well-known/openid-configuration")).toEqual({
      url: "https://sso.example/.well-known/openid-configuration",
    }));
  it("is a domain otherwise", () => expect(typedSource("sso.example")).toEqual({ domain: "sso.example" }));
});
