import { API_VERSION, READY_RATE_LIMITS } from "@sallyport/snapshot";
import type { Command } from "commander";
import { stringify } from "yaml";
import type { Cli } from "../cli.js";

/** The ready rate limits as documents, each under what it guards. */
const readyLimitsText = (): string =>
  READY_RATE_LIMITS.map(({ name, about, spec }) => {
    const document = { apiVersion: API_VERSION, kind: "RateLimitPolicy", metadata: { name }, spec };
    return `# ${about}\n${stringify(document, { lineWidth: 0, version: "1.2" })}`;
  }).join("---\n");

/** `sallyport ready-limits`. */
export function registerReadyLimits(program: Command, { io }: Cli): void {
  program
    .command("ready-limits")
    .description("usual rate limits of traffic, sign-ins and password resets as documents, to be changed and applied")
    .action(() => io.out(readyLimitsText().trimEnd()));
}
