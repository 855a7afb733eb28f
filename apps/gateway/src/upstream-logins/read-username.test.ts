import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readUsername } from "./read-username.js";

const JSON_TYPE = "application/json";
const FORM_TYPE = "application/x-www-form-urlencoded";
const MULTIPART = "multipart/form-data; boundary=x-1";
const read = (type: string | null, body: string | Buffer, field = "username") => readUsername(type, Buffer.from(body as string), field);
const said = (username: string | null) => ({ ok: true, username });
const part = (head: string, value: string) => `--x-1\r\n${head}\r\n\r\n${value}\r\n`;
const named = (name: string, value: string, more = "") => part(`Content-Disposition: form-data; name="${name}"${more}`, value);

describe("the username of a login's body", () => {
  it("is read from JSON, a form and a multipart form, whatever spelling of it", () => {
    for (const body of ['{"username":"Ada"}', '{"p":1,"Username":" ADA "}', '{"us\\u0065rname":"ada"}', '{"username":"\uff41da"}'])
      expect(read(JSON_TYPE, body)).toEqual(said("ada"));
    for (const body of ["username=Ada&p=1", "p=%00&us%65rname=+ada", "USERNAME=ada"]) expect(read(FORM_TYPE, body)).toEqual(said("ada"));
    expect(read(MULTIPART, `${named("p", "1")}${named("username", "Ada")}--x-1--\r\n`)).toEqual(said("ada"));
    expect(read('multipart/form-data; boundary="x-1"', `${named("username", "Ada")}--x-1--`)).toEqual(said("ada"));
    expect(read("Application/JSON; charset=UTF-8", '{"username":"ada"}')).toEqual(said("ada"));
  });

  it("is nobody's where the field is not there or says nothing", () => {
    expect(read(JSON_TYPE, '{"grant":"refresh"}')).toEqual(said(null));
    expect(read(JSON_TYPE, '{"nested":{"username":"ada"},"username":" "}')).toEqual(said(null));
    expect(read(FORM_TYPE, "")).toEqual(said(null));
    expect(read(MULTIPART, `${named("p", "1")}--x-1--`)).toEqual(said(null));
  });

  it.each([
    ["the key twice", JSON_TYPE, '{"username":"ada","username":"bob"}'],
    ["the key twice by an escape", JSON_TYPE, '{"username":"ada","us\\u0065rname":"bob"}'],
    ["the key twice by its case", JSON_TYPE, '{"username":"ada","Username":"bob"}'],
    ["no JSON", JSON_TYPE, "{username:1}"],
    ["a list", JSON_TYPE, '["username","ada"]'],
    ["a mark before JSON", JSON_TYPE, '\ufeff{"username":"ada"}'],
    ["a username that is no text", JSON_TYPE, '{"username":["ada"]}'],
    ["a username without end", JSON_TYPE, `{"username":"${"a".repeat(257)}"}`],
    ["half a character", JSON_TYPE, '{"username":"a\\ud800"}'],
    ["a NUL", JSON_TYPE, '{"username":"a\\u0000b"}'],
    ["bytes that are not UTF-8", JSON_TYPE, Buffer.from('{"username":"\xff"}', "latin1")],
    ["another charset", "application/json; charset=utf-16", '{"username":"ada"}'],
    ["another type", "text/plain", '{"username":"ada"}'],
    ["no type", null, '{"username":"ada"}'],
    ["the key twice in a form", FORM_TYPE, "username=ada&username=ada"],
    ["the key twice in a form, encoded", FORM_TYPE, "username=ada&User%6eame=bob"],
    ["half an escape", FORM_TYPE, "username=a%d"],
    ["an escape that is not UTF-8", FORM_TYPE, "username=%ff"],
    ["the key twice in multipart", MULTIPART, `${named("username", "ada")}${named("Username", "bob")}--x-1--`],
    ["a preamble", MULTIPART, `x\r\n${named("username", "ada")}--x-1--`],
    ["an epilogue", MULTIPART, `${named("username", "ada")}--x-1--\r\nx`],
    ["no last boundary", MULTIPART, named("username", "ada")],
    ["a file", MULTIPART, `${named("username", "ada", '; filename="a"')}--x-1--`],
    ["a name without quotes", MULTIPART, `${part("Content-Disposition: form-data; name=username", "ada")}--x-1--`],
    ["a second name", MULTIPART, `${named("p", "ada", '; name="username"')}--x-1--`],
    ["a name in the other form", MULTIPART, `${named("p", "ada", "; name*=utf-8''username")}--x-1--`],
    [
      "two dispositions",
      MULTIPART,
      `${part('Content-Disposition: form-data; name="p"\r\nContent-Disposition: form-data; name="username"', "ada")}--x-1--`,
    ],
    ["a folded line", MULTIPART, `${part('Content-Disposition: form-data;\r\n name="username"', "ada")}--x-1--`],
    ["an encoding", MULTIPART, `${part('Content-Disposition: form-data; name="username"\r\nContent-Transfer-Encoding: base64', "YWRh")}--x-1--`],
    ["no boundary", "multipart/form-data", `${named("username", "ada")}--x-1--`],
    ["two boundaries", "multipart/form-data; boundary=x-1; boundary=x-2", `${named("username", "ada")}--x-1--`],
  ])("is refused for %s", (_, type, body) => {
    expect(read(type, body)).toMatchObject({ ok: false });
  });

  it("of any text is the same in all three forms, and anything else ends in an answer", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 60 }).filter((value) => !/[\p{Cc}\p{Surrogate}\ufffd]|--x-1/u.test(value));
    fc.assert(
      fc.property(text, (value) => {
        const json = read(JSON_TYPE, JSON.stringify({ a: 1, username: value }));
        expect(read(FORM_TYPE, `${new URLSearchParams({ a: "1", username: value })}`)).toEqual(json);
        expect(read(MULTIPART, `${named("a", "1")}${named("username", value)}--x-1--\r\n`)).toEqual(json);
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom(JSON_TYPE, FORM_TYPE, MULTIPART), fc.uint8Array({ maxLength: 200 }), (type, bytes) => {
        expect(typeof readUsername(type, Buffer.from(bytes), "username").ok).toBe("boolean");
      }),
    );
  });
});
