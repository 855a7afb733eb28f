import { readFile } from "node:fs/promises";
import { ed25519PublicJwk, RECEIPT_TYP, type RevisionReceipt, revisionReceipt } from "@sallyport/snapshot";
import type { Command } from "commander";
import { calculateJwkThumbprint, compactVerify, importJWK } from "jose";
import { z } from "zod";
import type { Cli } from "../cli.js";
import { Failure, reasonOf } from "../failure.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { fieldLines, tableLines } from "../output/table.js";
import { wholeNumber } from "./options.js";

/** What `revisions receipt` prints, and what `revisions verify-receipt` reads. */
const signedReceipt = z.object({ receipt: z.string(), keys: z.array(ed25519PublicJwk) });
type SignedReceipt = z.output<typeof signedReceipt>;

interface Verified {
  readonly content: RevisionReceipt;
  readonly kid: string;
}

/**
 * Verifies a receipt (RFC 7515, RFC 8037).
 * @param trusted thumbprints (RFC 7638) that count; any of the keys that came along when null
 * @throws Failure which check it did not pass
 */
async function verified({ receipt, keys }: SignedReceipt, trusted: string | null): Promise<Verified> {
  const found = async ({ kid }: { readonly kid?: string | undefined }) => {
    const jwk = keys.find((key) => key.kid === kid);
    if (jwk === undefined) throw new Failure(`The receipt is signed with the key ${kid ?? "without a name"}, which is not among the keys beside it.`);
    // The name is a key's own thumbprint: nobody gives a name to another key.
    if ((await calculateJwkThumbprint(jwk)) !== jwk.kid) throw new Failure(`The key ${jwk.kid} is not the one that it is named after.`);
    if (trusted !== null && jwk.kid !== trusted) throw new Failure(`The receipt is signed with the key ${jwk.kid}, and not with ${trusted}.`);
    return importJWK(jwk, "EdDSA");
  };
  try {
    const { payload, protectedHeader } = await compactVerify(receipt, found, { algorithms: ["EdDSA"] });
    if (protectedHeader.typ !== RECEIPT_TYP) throw new Failure(`It is no receipt: its type is ${protectedHeader.typ ?? "missing"}.`);
    const content = revisionReceipt.parse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)));
    return { content, kid: protectedHeader.kid ?? "" };
  } catch (error) {
    throw error instanceof Failure ? error : new Failure(`The receipt does not verify: ${reasonOf(error)}`);
  }
}

function describe({ content, kid }: Verified): string[] {
  const applied = content.nodes.filter(({ state }) => state === "applied").length;
  return [
    ...fieldLines([
      ["revision", content.revision],
      ["root hash", content.rootHash],
      ["comment", content.comment],
      ["author", content.author],
      ["published", content.publishedAt],
      ["as of", content.issuedAt],
      ["applied", `${applied} of ${content.nodes.length} nodes`],
      ["installation", content.fleet],
      ["signed with", kid],
    ]),
    "",
    ...tableLines(
      ["node", "group", "state", "applied at", "ms"],
      content.nodes.map(({ name, group, state, appliedAt, applyMs }) => [name, group, state, appliedAt, applyMs]),
    ),
  ];
}

async function readReceipt(file: string, { io }: Cli): Promise<SignedReceipt> {
  try {
    return signedReceipt.parse(JSON.parse(file === "-" ? await io.readInput() : await readFile(file, "utf8")));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error);
    throw new Failure(`${file} is not what \`sallyport revisions receipt <revision> -o json\` prints: ${why}`);
  }
}

/** `sallyport revisions receipt` and `verify-receipt`. */
export function registerReceipt(revisions: Command, cli: Cli): void {
  const { io } = cli;
  withFormat(
    revisions
      .command("receipt")
      .argument("<revision>", "its number", wholeNumber)
      .description("what was published and what became of it at each node, as of now, signed; -o json is the form to keep"),
  ).action(async (number: number, format: FormatOptions) => {
    const rest = await cli.rest();
    const signed = await rest.call({ method: "GET", path: `/revisions/${number}/receipt`, answer: signedReceipt });
    const checked = await verified(signed, null);
    print(io, format, signed, () => describe(checked));
  });

  withFormat(
    revisions
      .command("verify-receipt")
      .argument("<file>", "what `receipt -o json` printed; - for standard input")
      .option("--key <thumbprint>", "the control plane's signing key, as its nodes have it pinned; without it the key beside the receipt counts")
      .description("verifies a receipt without asking anybody"),
  ).action(async (file: string, { key, ...format }: FormatOptions & { readonly key?: string }) => {
    const checked = await verified(await readReceipt(file, cli), key ?? null);
    if (key === undefined) io.say("The signature holds for the key beside the receipt. With --key it is held to the control plane that you mean.");
    print(io, format, checked.content, () => describe(checked));
  });
}
