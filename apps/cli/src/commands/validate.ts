import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { loadDocuments } from "../documents/load-documents.js";
import { FILES } from "./options.js";

/** `sallyport validate`: form and duplicates, without a console. References are checked by diff and apply. */
export function registerValidate(program: Command, { io }: Cli): void {
  program
    .command("validate")
    .description("check files without a console; errors as file:line:column")
    .requiredOption(...FILES)
    .action(async ({ file }: { readonly file: readonly string[] }) => {
      const { documents, fileCount } = await loadDocuments(file, io.readInput);
      io.say(`${documents.length} document${documents.length === 1 ? "" : "s"} in ${fileCount} file${fileCount === 1 ? "" : "s"}: valid`);
    });
}
