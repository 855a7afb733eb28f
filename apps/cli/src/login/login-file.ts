import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { Failure, systemCodeOf } from "../failure.js";

const login = z.strictObject({ url: z.string(), token: z.string() });
/** What `sallyport login` keeps. */
export type Login = z.output<typeof login>;

type Environment = Readonly<Record<string, string | undefined>>;

/** XDG Base Directory Specification: `$XDG_CONFIG_HOME`, else `~/.config`. Relative paths there are not valid. */
function loginFile(env: Environment): string {
  const base = env.XDG_CONFIG_HOME && path.isAbsolute(env.XDG_CONFIG_HOME) ? env.XDG_CONFIG_HOME : path.join(homedir(), ".config");
  return path.join(base, "sallyport", "config.json");
}

/** Null before the first login. @throws Failure for a file that cannot be used */
export async function readLogin(env: Environment): Promise<Login | null> {
  const file = loginFile(env);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return null;
    throw new Failure(`${file} cannot be read (${systemCodeOf(error) ?? String(error)}). Correct its permissions or log in again.`);
  }
  try {
    return login.parse(JSON.parse(text));
  } catch {
    throw new Failure(`${file} is not a login of this program. Delete it and log in again.`);
  }
}

/** Writes it where only the owner reads it, whole or not at all. @returns the file's path */
export async function writeLogin(env: Environment, value: Login): Promise<string> {
  const file = loginFile(env);
  const fresh = `${file}.${process.pid}`;
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(fresh, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    await rename(fresh, file);
  } catch (error) {
    throw new Failure(`${file} cannot be written (${systemCodeOf(error) ?? String(error)}). Set XDG_CONFIG_HOME to a folder of yours.`);
  }
  return file;
}
