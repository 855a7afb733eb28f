import type { Cli } from "../cli.js";
import { EXIT } from "../exit-codes.js";
import { type FormatOptions, print } from "../output/format.js";
import { reviewLines } from "../output/review-lines.js";
import { type ReviewAnswer, reviewAnswer } from "../rest/views.js";
import type { ConsentOptions } from "./publish.js";

const TIMEOUT_MS = 180_000;

/** What a publish with this consent would be refused for. */
function refusalsOf({ ok, warnings, word, tests, testWord }: ReviewAnswer, { acknowledge = [], confirm, overrule }: ConsentOptions): string[] {
  const unseen = warnings.filter(({ id, severity }) => severity !== "notice" && !acknowledge.includes(id)).length;
  return [
    ...(ok ? [] : ["it has errors"]),
    ...(unseen === 0 ? [] : [`${unseen} ${unseen === 1 ? "warning is" : "warnings are"} not acknowledged`]),
    ...(word === null || confirm === word ? [] : [`the word "${word}" is not confirmed`]),
    ...(testWord === null || overrule?.confirm === testWord ? [] : [`${tests?.failed.length ?? 0} of its policy tests fail`]),
  ];
}

/** `sallyport publish --dry-run`: what the publish would be, and whether it would be refused. */
export async function dryRun(
  cli: Cli,
  { sections, consent, format }: { readonly sections?: readonly string[]; readonly consent: ConsentOptions; readonly format: FormatOptions },
): Promise<void> {
  const { io } = cli;
  const body = sections === undefined ? {} : { sections };
  const rest = await cli.rest();
  const review = await rest.call({ method: "POST", path: "/draft/review", body, answer: reviewAnswer, timeoutMs: TIMEOUT_MS });
  print(io, format, review, () => reviewLines(review, io.colour));
  const refusals = refusalsOf(review, consent);
  io.say(refusals.length === 0 ? "Nothing was published. It would be taken." : `Nothing was published. It would be refused: ${refusals.join("; ")}.`);
  if (refusals.length > 0) cli.end(EXIT.failed);
}
