import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { checkDocument } from "../documents/check-document.js";
import { loadDocuments } from "../documents/load-documents.js";
import { Failure } from "../failure.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { tableLines } from "../output/table.js";
import { limitSimulation, noContent, recordingList, recordingRow } from "../rest/views.js";
import { keyWords } from "./limit-keys.js";
import { FILES, wholeNumber } from "./options.js";

interface SimulateOptions extends FormatOptions {
  readonly file: readonly string[];
  readonly recording?: string;
}

const recordingsOf = (tenant: string) => `/tenants/${encodeURIComponent(tenant)}/recordings` as const;

/** `sallyport limits record`, `recordings`, `stop`, `forget` and `simulate`. */
export function registerRecordings(limits: Command, cli: Cli): void {
  const { io } = cli;

  const record = limits
    .command("record <tenant>")
    .description("have nodes record a tenant's requests as they come to the limits, so that policies can be tried on them")
    .option("--minutes <number>", "for so long, at most 60", wholeNumber, 15)
    .option("--routes <names...>", "of these routes only");
  withFormat(record).action(async (tenant: string, options: FormatOptions & { readonly minutes: number; readonly routes?: readonly string[] }) => {
    const body = { minutes: options.minutes, routes: options.routes ?? [] };
    const started = await (await cli.rest()).call({ method: "POST", path: recordingsOf(tenant), body, answer: recordingRow });
    print(io, options, started, () => [started.id]);
    io.say(`Nodes record ${tenant} until ${started.endsAt}.`);
  });

  withFormat(limits.command("recordings <tenant>").description("what was recorded, the newest first")).action(
    async (tenant: string, format: FormatOptions) => {
      const { items } = await (await cli.rest()).call({ method: "GET", path: recordingsOf(tenant), answer: recordingList });
      print(io, format, items, () =>
        tableLines(
          ["state", "from", "to", "requests", "lost", "nodes", "id"],
          items.map((row) => [row.state, row.startedAt, row.endsAt, row.requests, row.lost, row.nodes, row.id]),
        ),
      );
    },
  );

  limits
    .command("stop <tenant> <id>")
    .description("end a recording before its time; what was recorded stays")
    .action(async (tenant: string, id: string) => {
      const path = `${recordingsOf(tenant)}/${encodeURIComponent(id)}/stop` as const;
      const { requests } = await (await cli.rest()).call({ method: "POST", path, body: {}, answer: recordingRow });
      io.say(`It is over, with ${requests} requests so far; what nodes still hold comes within seconds.`);
    });

  limits
    .command("forget <tenant> <id>")
    .description("delete a recording, and what was recorded")
    .action(async (tenant: string, id: string) => {
      await (await cli.rest()).call({ method: "DELETE", path: `${recordingsOf(tenant)}/${encodeURIComponent(id)}`, answer: noContent });
      io.say("The recording is deleted.");
    });

  const simulate = limits
    .command("simulate <tenant>")
    .description("what the rate limit in a file would have done with recorded traffic of a tenant; nothing is changed")
    .requiredOption(...FILES)
    .option("--recording <id>", "which one, by the id from recordings; without it, the newest");
  withFormat(simulate).action(async (tenant: string, options: SimulateOptions) => {
    const { documents } = await loadDocuments(options.file, io.readInput);
    const policies = documents.flatMap((document) => {
      const { parsed } = checkDocument(document);
      return parsed?.kind === "RateLimitPolicy" ? [parsed] : [];
    });
    const [policy] = policies;
    if (policy === undefined || policies.length > 1) throw new Failure("Name files with exactly one RateLimitPolicy: that one is tried.");
    const { name, tenant: owner } = policy.metadata;
    if (owner !== undefined && owner !== tenant) throw new Failure(`${name} is a policy of ${owner}: it does nothing at ${tenant}.`);
    const rest = await cli.rest();
    const recording = options.recording ?? (await rest.call({ method: "GET", path: recordingsOf(tenant), answer: recordingList })).items[0]?.id;
    if (recording === undefined) throw new Failure(`Nothing is recorded of ${tenant}. Begin with: sallyport limits record ${tenant}`);
    const tried = { recording, name, spec: policy.spec };
    const told =
      owner === undefined
        ? await rest.call({ method: "POST", path: "/limit-simulations", body: { tenant, ...tried }, answer: limitSimulation })
        : await rest.call({ method: "POST", path: `/tenants/${encodeURIComponent(tenant)}/limit-simulations`, body: tried, answer: limitSimulation });
    print(io, options, told, () =>
      tableLines(
        ["over", "requests", "counted by"],
        told.keys.filter(({ over }) => over > 0).map(({ key, over, requests }) => [over, requests, keyWords(key)]),
      ),
    );
    const { record: of, first } = told;
    io.say(`${told.over} of ${told.counted} requests would have been over ${name}, of ${told.keysOver} of ${told.keysTotal} keys.`);
    if (first !== null) io.say(`The first at ${new Date(first.atMs).toISOString()}: ${keyWords(first.key)}.`);
    io.say(
      `The record: every request that came to the limits from ${of.from} to ${of.to}, ${of.requests} at ${of.nodes} nodes, ${of.lost} lost${of.full ? "; it ended because it was full" : ""}.`,
    );
    if (told.unseen > 0) io.say(`${told.unseen} an earlier limit refused.`);
    if (told.withoutUsername > 0) io.say(`${told.withoutUsername} came without a username that a node read, and count by address.`);
  });
}
