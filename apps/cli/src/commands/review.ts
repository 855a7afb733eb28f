import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { EXIT } from "../exit-codes.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { reviewLines } from "../output/review-lines.js";
import { probeAnswer, reviewAnswer } from "../rest/views.js";
import { SECTIONS } from "./options.js";

/** Compiling ten thousand tenants takes its time. */
const TIMEOUT_MS = 180_000;

interface ReviewOptions extends FormatOptions {
  readonly section?: readonly string[];
  readonly probe?: boolean;
}

/** `sallyport review`: what a publish would be, before it is one. */
export function registerReview(program: Command, cli: Cli): void {
  const command = program
    .command("review")
    .description("what a publish of the draft would be: isolation proof, warnings, hashes and nodes; exit code 1 when it would be refused")
    .option(...SECTIONS)
    .option("--probe", "also ask the identity providers that come or move whether they answer");
  withFormat(command).action(async ({ section, probe = false, ...format }: ReviewOptions) => {
    const { io } = cli;
    const rest = await cli.rest();
    const body = section === undefined ? {} : { sections: section };
    const review = await rest.call({ method: "POST", path: "/draft/review", body, answer: reviewAnswer, timeoutMs: TIMEOUT_MS });
    const asked = probe ? await rest.call({ method: "POST", path: "/draft/probe", body, answer: probeAnswer, timeoutMs: TIMEOUT_MS }) : null;
    const whole = asked === null ? review : { ...review, warnings: [...review.warnings, ...asked.warnings] };
    print(io, format, whole, () => reviewLines(whole, io.colour));
    if (asked !== null) io.say(`Asked ${asked.asked} identity providers${asked.skipped > 0 ? `, left out ${asked.skipped}` : ""}.`);
    if (!review.ok) cli.end(EXIT.failed);
  });
}
