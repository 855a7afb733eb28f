import { describe, expect, it } from "vitest";
import { parseInSlices } from "./parse-in-slices.js";

const plain = async (text: string): Promise<unknown> => JSON.parse(JSON.stringify(await parseInSlices(Buffer.from(text))));

describe("parsing in slices", () => {
  it.each([
    '{"kind":"unchanged","retryAfterMs":5}',
    '{"changed":{"a":{"x":[1,2,{"y":"}]\\"{"}]},"b":null},"manifest":{"a":"1"},"removed":["a,b"],"n":-1.5e3,"t":true}',
    ' { "changed" : { } , "manifest" : [ ] , "s" : "\\\\" , "u" : "\\u0022" } ',
    "{}",
    "[1,2]",
    '"text"',
    '{"a":{"changed":{"b":1}}}',
    '{"changed":{"ü":"\u{1f600}\\n","日本":["é"]},"manifest":{"€":"\u00a0"}}',
  ])("gives what JSON.parse gives for %s", async (text) => {
    expect(await plain(text)).toEqual(JSON.parse(text));
  });

  it.each([
    "",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{"a":1}x',
    '{"changed":{"a":1,,"b":2}}',
    '{"changed":{"a":[}}',
    '{"a":}',
    "{a:1}",
    '{"a":"x}',
    "nope",
  ])("refuses %s, as JSON.parse does", async (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    await expect(parseInSlices(Buffer.from(text))).rejects.toThrow(SyntaxError);
  });

  it("refuses a section that stands there twice, and takes __proto__ for a name like any other", async () => {
    await expect(parseInSlices(Buffer.from('{"changed":{"a":1,"a":2}}'))).rejects.toThrow("twice");
    const parsed = (await parseInSlices(Buffer.from('{"changed":{"__proto__":{"x":1}}}'))) as { changed: object };
    expect(Object.keys(parsed.changed)).toEqual(["__proto__"]);
    expect("x" in {}).toBe(false);
  });
});
