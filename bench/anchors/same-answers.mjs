import { rawRequest } from "@sallyport/testkit";
import { startGateway } from "../lib/gateway.mjs";
import { startIssuers } from "../lib/issuers.mjs";
import { BASE_DOMAIN, fleet, tenantOf } from "../lib/sections.mjs";
import { say, settings } from "../lib/settings.mjs";
import { rounded } from "../lib/statistics.mjs";
import { tokenCases } from "../lib/token-cases.mjs";
import { claimsOf, mintMany, requestBytes } from "../lib/tokens.mjs";

const host = `acme.${BASE_DOMAIN}`;
const TOLERANCE_S = 30;

/**
 * The last answer on a connection that sent these tokens one after the other: status, code of a refusal, and for what passed the
 * identity that the upstream saw.
 * @param {number} port
 * @param {readonly string[]} tokens
 */
async function lastAnswer(port, tokens) {
  const bytes = tokens.map((token) => requestBytes({ host, path: "/seen", token }));
  const { text } = await rawRequest({ port, bytes, timeoutMs: 5_000, until: (all) => wholeAnswers(all) === tokens.length });
  const last = text.slice(text.lastIndexOf("HTTP/1.1 "));
  const status = last.slice(9, 12);
  const code = /"code":"(\w+)"/.exec(last)?.[1];
  const identity = last.match(/^x-(?:user|tenant|token|org)-[a-z]+: .*$/gim) ?? [];
  return { outcome: code === undefined ? status : `${status} ${code}`, identity: identity.sort().join("\n") };
}

/** @param {string} text */
function wholeAnswers(text) {
  let count = 0;
  let rest = text;
  for (;;) {
    const end = rest.indexOf("\r\n\r\n");
    const length = /\r\ncontent-length: *(\d+)/i.exec(rest.slice(0, end))?.[1];
    if (end < 0 || length === undefined || rest.length < end + 4 + Number(length)) return count;
    count += 1;
    rest = rest.slice(end + 4 + Number(length));
  }
}

/**
 * P18: while the gateway is under full load, every case gets the same answer when nothing is cached, once its relatives are, again,
 * and right after a good token on the same connection. The ratio is the share of answers that are as they must be.
 * @param {import("../lib/rounds.mjs").Load} load
 */
export async function p18(load) {
  const idp = await startIssuers({ count: 2 });
  const [acme, globex] = idp.issuers;
  if (acme === undefined || globex === undefined) throw new Error("no issuers");
  const gateway = await startGateway([
    fleet,
    tenantOf({ slug: "acme", upstream: load.upstreamUrl, issuer: acme.issuer }),
    tenantOf({ slug: "globex", upstream: load.upstreamUrl, issuer: globex.issuer }),
  ]);
  const { port, pid } = gateway;
  try {
    const tokens = await mintMany(acme.mint, { issuer: acme.issuer, from: 0, count: settings.tokens });
    await load.prepare(
      "tokens",
      tokens.map((token) => requestBytes({ host, token })),
    );
    const cases = tokenCases({ ...acme, other: globex, index: 0 });
    const companion = acme.mint.sign(claimsOf(acme.issuer, 1));
    const ending = acme.mint.sign({ ...claimsOf(acme.issuer, 2), exp: Math.floor(Date.now() / 1_000) - TOLERANCE_S + 4 });
    const ended = acme.mint.sign({ ...claimsOf(acme.issuer, 3), exp: Math.floor(Date.now() / 1_000) - TOLERANCE_S + 4 });
    const underLoad = load.run({ name: "sallyport", port, pid, set: "tokens" }, Math.max(settings.seconds, 6));

    /** @type {string[]} */
    const wrong = [];
    let answers = 0;
    const expectAnswer = async (/** @type {string} */ what, /** @type {readonly string[]} */ sent, /** @type {string} */ answer) => {
      answers += 1;
      const given = await lastAnswer(port, sent);
      if (given.outcome !== answer) wrong.push(`${what}: ${given.outcome}, not ${answer}`);
      return given;
    };
    await expectAnswer("an ending token, in its time", [ending], "200");
    /** @type {Awaited<ReturnType<typeof lastAnswer>>[]} */
    const first = [];
    for (const [name, token, answer] of cases) first.push(await expectAnswer(`${name}, nothing cached`, [token], answer));
    for (const [index, [name, token, answer]] of cases.entries()) {
      const again = [
        await expectAnswer(`${name}, cached`, [token], answer),
        await expectAnswer(`${name}, after a good one`, [companion, token], answer),
        await expectAnswer(`${name}, twice`, [token, token], answer),
      ];
      if (again.some(({ identity }) => identity !== first[index]?.identity)) wrong.push(`${name}: another identity reached the upstream`);
    }
    const { rps } = await underLoad;
    await expectAnswer("an ended token, cached in its time", [ending], "401 token_expired");
    await expectAnswer("an ended token, never seen", [ended], "401 token_expired");
    for (const line of wrong) say(`  ${line}`);
    const ratio = (answers - wrong.length) / answers;
    return [
      { id: "P18", ratio: rounded(ratio, 4), goal: 1, ok: ratio === 1, figures: { cases: cases.length, answers, wrong, rps: Math.round(rps) } },
    ];
  } finally {
    await gateway.close();
    await idp.close();
  }
}
