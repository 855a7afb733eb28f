import { configDocumentJsonSchema } from "@sallyport/snapshot";
import type { Command } from "commander";
import type { Cli } from "../cli.js";

/** The JSON Schema of a declarative document as text; docs/schema/sallyport.schema.json holds it. */
export const schemaText = (): string => `${JSON.stringify({ ...configDocumentJsonSchema(), title: "Sallyport configuration document" }, null, 2)}\n`;

/** `sallyport schema`. */
export function registerSchema(program: Command, { io }: Cli): void {
  program
    .command("schema")
    .description("the JSON Schema of one declarative document, for editors")
    .action(() => io.out(schemaText().trimEnd()));
}
