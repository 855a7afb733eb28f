import { readFileSync } from "node:fs";

/** The value of a variable, or of the file that `<NAME>_FILE` names. @throws Error when neither is set */
export function readSecret(name) {
  const file = process.env[`${name}_FILE`];
  const value = file ? readFileSync(file, "utf8").trim() : process.env[name];
  if (!value) throw new Error(`Set ${name} or ${name}_FILE.`);
  return value;
}
