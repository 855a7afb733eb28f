import { InvalidArgumentError } from "commander";

/** A whole number from 1, for options and arguments. @throws InvalidArgumentError, which commander tells with the option's name */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Write a whole number from 1.");
  return Number(text);
}

/** A repeated whole-number argument: commander hands over what it has so far. */
export const wholeNumbers = (text: string, previous: readonly number[] | undefined): number[] => [...(previous ?? []), wholeNumber(text)];

export const FILES = ["-f, --file <paths...>", "files or folders; - reads standard input"] as const;
export const MESSAGE = ["-m, --message <comment>", "why, in one sentence; everybody who reads the history reads it"] as const;
export const WAIT = ["--wait", "wait until every connected node runs it, and print each node's time"] as const;
export const TIMEOUT = ["--timeout <seconds>", "how long to wait", wholeNumber, 60] as const;
export const SECTIONS = ["--section <names...>", "only these sections of the draft, tenants/acme; the rest stays a draft"] as const;
export const ACKNOWLEDGE = ["--acknowledge <ids...>", "warnings that are meant, by their ids; sallyport review shows them"] as const;
export const OVERRULE = ["--overrule <word>", "publish although policy tests fail: the word that the refusal names; needs --reason"] as const;
export const BREAK_GLASS = [
  "--break-glass <word>",
  'publish without the approval that is asked for; the word is "publish without approval"; needs --reason',
] as const;
export const REASON = ["--reason <text>", "why; it stands in the audit log"] as const;
export const CONFIRM = ["--confirm <word>", "the word that a publish asks for when it opens a protected route"] as const;
