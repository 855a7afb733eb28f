import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { Failure, reasonOf, systemCodeOf } from "../failure.js";

/** The text of one file, or of standard input. */
export interface SourceFile {
  /** As messages name it. */
  readonly name: string;
  readonly text: string;
}

const EXTENSIONS = new Set([".yaml", ".yml", ".json"]);

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && EXTENSIONS.has(path.extname(entry.name)))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

async function read(name: string): Promise<SourceFile[]> {
  try {
    const files = (await stat(name)).isDirectory() ? await filesBelow(name) : [name];
    return await Promise.all(files.map(async (file) => ({ name: file, text: await readFile(file, "utf8") })));
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") throw new Failure(`${name} is not there. Name a file, a folder, or - for standard input.`);
    throw new Failure(`${name} cannot be read: ${reasonOf(error)}`);
  }
}

/**
 * Reads files, folders (every .yaml, .yml and .json below, sorted) and `-` for standard input, in the order given.
 * @throws Failure for what cannot be read
 */
export async function readSourceFiles(names: readonly string[], readInput: () => Promise<string>): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const name of new Set(names)) files.push(...(name === "-" ? [{ name: "<stdin>", text: await readInput() }] : await read(name)));
  return files;
}
