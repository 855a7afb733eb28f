import { rename, rm, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { Failure, reasonOf } from "../failure.js";
import { type BundleAnswer, bundleAnswer } from "../rest/views.js";
import { wholeNumber } from "./options.js";

/** Everything that a group's nodes run is read and put into one text. */
const TIMEOUT_MS = 180_000;

interface BundleOptions {
  readonly group: string;
  readonly revision?: number;
  readonly node?: string;
  readonly out: string;
}

/** Readable by the owner only, and whole or not at all: a node may start from the file at any moment. */
async function write(file: string, text: string): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  try {
    await writeFile(fresh, text, { mode: 0o600 });
    await rename(fresh, file);
  } catch (error) {
    await rm(fresh, { force: true });
    throw new Failure(`${file} cannot be written: ${reasonOf(error)}`);
  }
}

/** What whoever carries the file has to know. */
function remarks({ group, revision, current, node, isSealed, signedBy }: BundleAnswer): string[] {
  return [
    `Revision ${revision} of the group ${group}, ${node === null ? "for any of its nodes" : `for the node ${node} alone`}.`,
    ...(isSealed && node === null
      ? ["It has no key to the tenants' secrets: what needs one is refused. With --node it is made for one enrolled node, key included."]
      : []),
    ...(revision === current ? [] : [`The group's nodes run revision ${current} now: what was revoked since revision ${revision} is not in it.`]),
    node === null
      ? `Start a node with SALLYPORT_BUNDLE, SALLYPORT_BUNDLE_KEY=${signedBy} and SALLYPORT_BUNDLE_GROUP=${group}.`
      : "Start the node with SALLYPORT_BUNDLE.",
  ];
}

/** `sallyport bundle`: a revision of a node group as a file, for nodes without a control plane. */
export function registerBundle(program: Command, cli: Cli): void {
  program
    .command("bundle")
    .description("write a revision of a node group into one signed file, from which a node starts without its control plane")
    .option("--group <name>", "node group", "default")
    .option("--revision <number>", "which one (default: what the group's nodes are to run now)", wholeNumber)
    .option("--node <name>", "for this enrolled node alone, with the key to the tenants' secrets, encrypted to it")
    .requiredOption("--out <file>", "where to; - writes to standard output")
    .action(async ({ group, revision, node, out }: BundleOptions) => {
      const rest = await cli.rest();
      const body = { group, ...(revision === undefined ? {} : { revision }), ...(node === undefined ? {} : { node }) };
      const made = await rest.call({ method: "POST", path: "/bundles", body, answer: bundleAnswer, timeoutMs: TIMEOUT_MS });
      // Without the last line's end, which `out` adds.
      if (out === "-") cli.io.out(made.bundle.slice(0, -1));
      else await write(out, made.bundle);
      for (const line of remarks(made)) cli.io.say(line);
    });
}
