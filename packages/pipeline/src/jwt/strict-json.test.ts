import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStrictObject } from "./strict-json.js";

describe("the strict JSON parser", () => {
  test.each([
    "",
    " ",
    "null",
    "1",
    '"x"',
    "[]",
    "[{}]",
    "{",
    "}",
    '{"a"}',
    '{"a":1,}',
    "{'a':1}",
    '{"a":01}',
    '{"a":1}x',
    '\ufeff{"a":1}',
    '{"a":NaN}',
    '{"a":1}{"b":2}',
    '{"a":"\n"}',
    "{]",
    '{"a":"}',
  ])("refuses %j", (text) => expect(parseStrictObject(text)).toBeNull());

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a":{"b":1,"b":2}}',
    '{"a":[{"b":1,"b":2}]}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"":1,"":2}',
    '{"a\\"":1,"a\\"":2}',
    '{"1":1,"1":2}',
  ])("refuses two members of one name: %j", (text) => expect(parseStrictObject(text)).toBeNull());

  test("refuses nesting beyond 32 and takes 32", () => {
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(parseStrictObject(nested(32))).not.toBeNull();
    expect(parseStrictObject(nested(33))).toBeNull();
  });

  test.each(['{"a:b":":"}', '{"a":"{[:,"}', '{"a":"\\"","b":"\\\\"}', '{"a":{"a":{"a":1}}}', ' { "a" : [ 1 , { "b" : 2 } ] } ', "{}"])(
    "takes %j as JSON.parse does",
    (text) => {
      expect(parseStrictObject(text)).toEqual(JSON.parse(text));
    },
  );

  test("gives __proto__ as an own member and leaves the prototype alone", () => {
    const parsed = parseStrictObject('{"__proto__":{"sub":"root"}}');
    expect(Object.keys(parsed ?? {})).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test("takes every object that JSON.stringify writes, and gives it back", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ maxDepth: 5 })), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.stringify(parseStrictObject(text))).toBe(text);
      }),
    );
  });

  test("refuses every object in which a member is written twice", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (value, at) => {
        const names = Object.keys(value);
        const name = names[at % names.length] ?? "";
        const text = JSON.stringify(value);
        expect(parseStrictObject(`{${JSON.stringify(name)}:0,${text.slice(1)}`)).toBeNull();
      }),
    );
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseStrictObject(text);
        parseStrictObject(`{${text}}`);
      }),
    );
  });
});
