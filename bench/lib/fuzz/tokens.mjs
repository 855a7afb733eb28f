import { createHmac } from "node:crypto";

/** @typedef {import("./random.mjs").Random} Random */
/** @typedef {{ mint: import("@sallyport/testkit").TokenMint, issuer: string }} Issuer */

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const encode = (/** @type {unknown} */ value) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** Values that claims and header members must not take amiss. */
const ODD_VALUES = [
  ...[null, true, false, 0, -1, 1e308, "", " ", "acme", "globex", "\u0000", "é", "a\r\nb", [], {}, [[]], { $ne: null }, ["acme", "globex"]],
  ...["__proto__", "constructor", 253_402_300_800, "1e999", "0x7fffffff", "none", "HS256", "RS256", "../../etc/passwd", "https://issuer.example"],
];
const HEADER_MEMBERS = ["alg", "kid", "typ", "cty", "crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc"];
const CLAIMS = ["iss", "aud", "sub", "exp", "nbf", "iat", "jti", "scope", "tenant_id", "cnf", "roles", "email", "act", "__proto__"];

/**
 * Tokens that must never pass: none is signed by the key it claims over what it says, or it says something that must be refused.
 * @param {Random} random
 * @param {{ own: Issuer, other: Issuer, hostile: () => Record<string, unknown> }} of
 * @returns {string} latin1
 */
export function hostileToken(random, { own, other, hostile: claims }) {
  const good = own.mint.sign(claims());
  const [header = "", payload = "", signature = ""] = good.split(".");
  const [, , forged = ""] = other.mint.sign(claims()).split(".");
  const altered = () => encode({ ...claims(), [random.one(CLAIMS)]: random.one(ODD_VALUES), fuzz: random.below(1e9) });
  return random.one([
    () => flipCharacters(random, good),
    () => `${header}.${altered()}.${signature}`,
    () => `${encode({ alg: "RS256", kid: own.mint.kid, [random.one(HEADER_MEMBERS)]: random.one(ODD_VALUES) })}.${payload}.${forged}`,
    () => `${header}.${payload}.${forged}`,
    () => {
      const input = `${encode({ alg: random.one(["HS256", "HS384", "HS512"]), kid: own.mint.kid })}.${altered()}`;
      const pem = own.mint.publicKey.export({ format: "pem", type: "spki" });
      return `${input}.${createHmac("sha256", pem).update(input).digest("base64url")}`;
    },
    () => `${encode({ alg: random.one(["none", "None", "NONE", "nOnE", ""]) })}.${payload}.${random.chance(0.5) ? "" : signature}`,
    // Signed by its own issuer: the border, not the signature, must refuse it.
    () =>
      other.mint.sign(
        { ...claims(), iss: random.one([other.issuer, own.issuer, `${own.issuer}/`]) },
        { kid: random.one([own.mint.kid, other.mint.kid]) },
      ),
    // Signed by the right key: what it says must refuse it.
    () => own.mint.sign({ ...claims(), ...random.one(REFUSED_CLAIMS) }),
    () => own.mint.sign(claims(), random.one(REFUSED_HEADERS)),
    () => random.bytes(random.below(200)),
    () => [header, payload, signature].slice(0, random.below(3)).join("."),
    () => `${good}.${random.one([header, "", "A", signature])}`,
    () => `${header}.${payload}.${signature}${random.one(["=", "==", "A", "AA", ",", ";", "%00"])}`,
    () => `${header}.${payload}.${"A".repeat(random.below(12_000))}`,
    () =>
      own.mint.signRaw(
        random.one(['{"alg":"RS256"', "[]", "null", `{"alg":"RS256","alg":"none","kid":"${own.mint.kid}"}`]),
        JSON.stringify(claims()),
      ),
    () =>
      own.mint.signRaw(
        JSON.stringify({ alg: "RS256", kid: own.mint.kid }),
        random.one(["", "null", "[]", '"text"', duplicated(claims()), "{".repeat(500)]),
      ),
  ])();
}

/** Each of them makes a well-signed token one that must be refused. */
const REFUSED_CLAIMS = [
  ...[
    { exp: 1 },
    { exp: "9999999999" },
    { exp: null },
    { exp: [9_999_999_999] },
    { nbf: 9_999_999_999 },
    { iat: 9_999_999_999 },
    { aud: [] },
    { aud: {} },
  ],
  ...[
    { aud: "https://api.example.test/" },
    { aud: null },
    { sub: "" },
    { sub: " x" },
    { sub: 7 },
    { sub: null },
    { sub: ["user-1"] },
    { sub: "a\r\nb" },
  ],
  ...[{ sub: "x".repeat(256) }, { sub: "é" }, { iss: ["x"] }, { iss: null }, { tenant_id: "globex" }, { tenant_id: ["acme"] }, { tenant_id: "ACME" }],
  ...[
    { tenant_id: null },
    { tenant_id: 0 },
    { tenant_id: "acme " },
    { cnf: { "x5t#S256": "A".repeat(43) } },
    { cnf: { jkt: "A".repeat(43) } },
    { cnf: null },
  ],
];
const REFUSED_HEADERS = [
  ...[
    { typ: "logout+jwt" },
    { typ: "dpop+jwt" },
    { typ: 7 },
    { crit: ["exp"] },
    { crit: [] },
    { b64: false, crit: ["b64"] },
    { alg: "PS256" },
    { alg: "RS512" },
  ],
  ...[{ kid: "other" }, { kid: "" }, { kid: 7 }, { kid: null }, { alg: undefined }, { alg: ["RS256"] }],
];

const duplicated = (/** @type {Record<string, unknown>} */ claims) => JSON.stringify(claims).replace("{", '{"sub":"root",');

/** Some characters are others. @param {Random} random @param {string} token */
function flipCharacters(random, token) {
  const characters = [...token];
  for (let count = 1 + random.below(3); count > 0; count -= 1) {
    const at = random.below(characters.length);
    const was = characters[at];
    do characters[at] = random.chance(0.9) ? ALPHABET.charAt(random.below(64)) : random.bytes(1);
    while (characters[at] === was);
  }
  const flipped = characters.join("");
  return flipped === token ? `${token}A` : flipped;
}
