import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { schemaText } from "./commands/schema.js";

// `npm run schema`: the file that editors and documents refer to; schema.test.ts checks that it is current.
const folder = new URL("../../../docs/schema/", import.meta.url);
const file = fileURLToPath(new URL("sallyport.schema.json", folder));
mkdirSync(folder, { recursive: true });
writeFileSync(file, schemaText());
console.error(file);
