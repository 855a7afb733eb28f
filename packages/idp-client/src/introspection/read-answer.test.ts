import { describe, expect, it } from "vitest";
import { readAnswer } from "./read-answer.js";

const read = (text: string, type = "application/json") => readAnswer(text, type);
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

describe("an introspection answer", () => {
  it("that says active is taken with its members", () => {
    const text = '{"active":true,"sub":"u","scope":"a b","aud":["x","y"],"exp":1700000000,"tenant_id":"acme"}';
    expect(read(text)).toMatchObject({ ok: true, answer: { state: "active", claims: JSON.parse(text) } });
  });

  it.each(['{"active":false}', '{"active":false,"sub":"u"}', ' {"active" : false} '])("%s is a definite no", (text) => {
    expect(read(text)).toEqual({ ok: true, answer: { state: "inactive" } });
  });

  it.each([
    ['{"active":"true"}', "text for a boolean"],
    ['{"active":1}', "a number for a boolean"],
    ['{"active":null}', "null for a boolean"],
    ['{"sub":"u"}', "no active"],
    ['{"__proto__":{"active":true}}', "active in a member that only looks inherited"],
    ["{}", "nothing"],
    ["", "an empty body"],
    ["true", "no object"],
    ["null", "no object"],
    ['"active"', "no object"],
    ['[{"active":true}]', "a list"],
    ['{"active":true,"active":false}', "a member twice"],
    ['{"active":false,"active":true}', "a member twice"],
    ['{"active":true,"sub":"u","more":{"a":1,"a":2}}', "a member twice, further in"],
    [`{"active":true,"more":${nested(40)}}`, "too deep"],
    [`{"active":true,"more":[${"[],".repeat(20_000)}[]]}`, "too many values"],
    ['{"active":true,"exp":"1700000000"}', "exp as text"],
    ['{"active":true,"exp":1e999}', "an exp that is no number"],
    ['{"active":true,"exp":null}', "exp as null"],
    ['{"active":true,"nbf":true}', "nbf as a boolean"],
    ['{"active":true,"iat":[1]}', "iat as a list"],
    ['{"active":true,"sub":7}', "sub as a number"],
    ['{"active":true,"sub":["u"]}', "sub as a list"],
    ['{"active":true,"iss":{}}', "iss as an object"],
    ['{"active":true,"aud":["a",1]}', "aud with a number"],
    ['{"active":true,"aud":null}', "aud as null"],
    ['{"active":true,"scope":["a"]}', "scope as a list"],
    ['{"active":true,"username":1}', "username as a number"],
    ['{"active":true,"client_id":1}', "client_id as a number"],
    ['{"active":false,"exp":"x"}', "a wrong type beside a no"],
    ['{"active":true,}', "no JSON"],
    ['{"active":true} {"active":true}', "two documents"],
  ])("%s is malformed, and never a yes or no: %s", (text) => {
    expect(read(text)).toMatchObject({ ok: false, detail: expect.stringContaining("malformed") });
  });

  it("that is signed (RFC 9701) was not asked for", () => {
    expect(read("e30.e30.x", "application/token-introspection+jwt")).toMatchObject({ ok: false, detail: expect.stringContaining("RFC 9701") });
    expect(read('{"active":true}', "application/jwt; charset=utf-8")).toMatchObject({ ok: false });
  });

  it("weighs more, the more it holds", () => {
    const weigh = (text: string) => {
      const result = read(text);
      return result.ok && result.answer.state === "active" ? result.answer.weight : 0;
    };
    expect(weigh('{"active":true}')).toBeLessThan(weigh('{"active":true,"sub":"u"}'));
    expect(weigh(`{"active":true,"more":[${"[],".repeat(4_000)}[]]}`)).toBeGreaterThan(4_000 * 64);
  });
});
