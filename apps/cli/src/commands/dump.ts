import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { documentsText, writeDocuments } from "../documents/write-documents.js";
import { documentsAnswer } from "../rest/views.js";

interface DumpOptions {
  readonly tenant?: string;
  readonly output?: string;
  readonly json?: boolean;
}

const TIMEOUT_MS = 180_000;

/** `sallyport dump`: the draft as files. */
export function registerDump(program: Command, { io, rest: connect }: Cli): void {
  program
    .command("dump")
    .description("the draft as documents; applying them again changes nothing")
    .option("--tenant <slug>", "one tenant only")
    .option("-o, --output <target>", "a .yaml file, or a folder that gets a file for each tenant; yaml or json: the form on standard output")
    .option("--json", "the same as -o json")
    .action(async ({ tenant, output = "yaml", json = false }: DumpOptions) => {
      const rest = await connect();
      const { documents, sources = [] } = await rest.call({
        method: "GET",
        path: "/config",
        query: { tenant },
        answer: documentsAnswer,
        timeoutMs: TIMEOUT_MS,
      });
      const dumped = documents.map((document, index) => ({ document, source: sources[index] ?? null }));
      const schemaUrl = `${rest.url}/api/v1/schema`;
      if (json || output === "json") io.out(JSON.stringify(documents, null, 2));
      else if (output === "yaml") io.out(documentsText(dumped, schemaUrl).trimEnd());
      else {
        const files = await writeDocuments(output, dumped, schemaUrl);
        io.say(
          `${documents.length} documents in ${files.length} file${files.length === 1 ? "" : "s"}: ${files.slice(0, 5).join(", ")}${files.length > 5 ? ", …" : ""}`,
        );
      }
    });
}
