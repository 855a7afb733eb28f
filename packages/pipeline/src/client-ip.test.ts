import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientIp } from "./client-ip.js";
import { type AddressRange, addressBucket, formatIp, inRanges, parseIp, parseRange } from "./ip-address.js";

const ranges = ["10.0.0.0/8", "192.168.1.7/32", "fd00::/8"].map((text) => parseRange(text)).filter((range): range is AddressRange => range !== null);
const FAR = "203.0.113.9";

describe("the client's address", () => {
  test.each<[string, string, string | null, string | null, string]>([
    ["the peer, where nothing is said", "198.51.100.1", null, null, "198.51.100.1"],
    ["the peer, which is no trusted proxy", "198.51.100.1", FAR, null, "198.51.100.1"],
    ["what a trusted proxy says", "10.1.2.3", FAR, null, FAR],
    ["the same over a dual-stack socket", "::ffff:10.1.2.3", FAR, null, FAR],
    ["the right-most that is not trusted", "10.1.2.3", `1.1.1.1, ${FAR}, 10.9.9.9`, null, FAR],
    ["not what a client put before it", "10.1.2.3", `127.0.0.1, ${FAR}`, null, FAR],
    ["the left-most, when all are trusted", "10.1.2.3", "10.0.0.1, 192.168.1.7", null, "10.0.0.1"],
    ["no neighbour of a trusted address", "10.1.2.3", `${FAR}, 192.168.1.8`, null, "192.168.1.8"],
    ["an address with a port", "10.1.2.3", `${FAR}:4711`, null, FAR],
    ["an IPv6 address in brackets with a port", "10.1.2.3", "[2001:db8::1]:4711", null, "2001:db8::1"],
    ["a bare IPv6 address", "fd00::1", "2001:DB8::1", null, "2001:db8::1"],
    ["the proxy, when it says unknown", "10.1.2.3", "unknown", null, "10.1.2.3"],
    ["the proxy before rubbish", "10.1.2.3", `${FAR}, x, 10.4.4.4`, null, "10.4.4.4"],
    ["nothing octal", "10.1.2.3", "0177.0.0.1", null, "10.1.2.3"],
    ["nothing from an empty field", "10.1.2.3", "", null, "10.1.2.3"],
    ["Forwarded", "10.1.2.3", null, `for=${FAR};proto=https`, FAR],
    ["Forwarded with quotes and IPv6", "10.1.2.3", null, 'for="[2001:db8::1]:47"', "2001:db8::1"],
    ["Forwarded's right-most that is not trusted", "10.1.2.3", null, `for=1.1.1.1, For="${FAR}", for=10.2.2.2`, FAR],
    ["no comma within Forwarded's quotes", "10.1.2.3", null, `for="1.1.1.1, for=2.2.2.2", for=${FAR}`, FAR],
    ["the proxy, when Forwarded is obfuscated", "10.1.2.3", null, "for=_hidden", "10.1.2.3"],
    ["both, when they agree", "10.1.2.3", FAR, `for=${FAR}`, FAR],
    ["the peer, when they do not", "10.1.2.3", FAR, "for=1.1.1.1", "10.1.2.3"],
  ])("is %s", (_, peer, xForwardedFor, forwarded, expected) => {
    expect(clientIp(peer, ranges, xForwardedFor, forwarded)).toBe(expected);
  });

  test("is the peer, whatever is said, where no proxy is trusted", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(clientIp("::ffff:198.51.100.1", [], a, b)).toBe("198.51.100.1");
        expect(clientIp("198.51.100.1", ranges, a, b)).toBe("198.51.100.1");
      }),
    );
  });
});

describe("addresses", () => {
  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "01.2.3.4",
    "0x1.2.3.4",
    "1.2.3.4 ",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
    "g::1",
    "::1.2.3",
    "12345::",
  ])("%j is none", (text) => expect(parseIp(text)).toBeNull());

  test("each address has one spelling, in which it reads back", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIp(text);
        expect(address).not.toBeNull();
        if (address !== null) expect(parseIp(formatIp(address))).toEqual(address);
      }),
    );
  });

  test.each([
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
  ])("%s is written %s", (text, expected) => expect(formatIp(parseIp(text) ?? [])).toBe(expected));

  test.each([
    ["10.255.255.255", "10.0.0.0/8", true],
    ["11.0.0.0", "10.0.0.0/8", false],
    ["192.0.2.129", "192.0.2.128/25", true],
    ["192.0.2.127", "192.0.2.128/25", false],
    ["::ffff:10.0.0.1", "10.0.0.0/8", true],
    ["2001:db8:ffff::", "2001:db8::/33", false],
    ["2001:db8:7fff::", "2001:db8::/33", true],
    ["1.2.3.4", "0.0.0.0/0", true],
    ["2001:db8::1", "0.0.0.0/0", false],
    ["1.2.3.4", "::/0", true],
  ])("%s in %s: %s", (address, range, expected) => {
    const parsed = parseRange(range);
    expect(inRanges(parseIp(address) ?? [], parsed === null ? [] : [parsed])).toBe(expected);
  });

  test("limits count an IPv6 subscriber by its /64 and IPv4 by address", () => {
    expect(addressBucket("2001:db8:1:2:aaaa::1")).toBe(addressBucket("2001:db8:1:2:bbbb::2"));
    expect(addressBucket("2001:db8:1:2::1")).not.toBe(addressBucket("2001:db8:1:3::1"));
    expect(addressBucket("192.0.2.1")).toBe("192.0.2.1");
  });
});
