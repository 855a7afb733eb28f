import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { age } from "../output/age.js";
import { type FormatOptions, print, withFormat } from "../output/format.js";
import { fieldLines, tableLines } from "../output/table.js";
import { healthCheck, listOf } from "../rest/views.js";

interface HealthOptions extends FormatOptions {
  readonly all?: true;
}

/** `sallyport health [id]`: ends with 1 when a check fails. */
export function registerHealth(program: Command, cli: Cli): void {
  const { io } = cli;
  const health = program
    .command("health [id]")
    .description("the health checks that do not hold, and what to do; one check is asked anew. Ends with 1 when a check fails")
    .option("--all", "also the checks that hold");
  withFormat(health).action(async (id: string | undefined, options: HealthOptions) => {
    const rest = await cli.rest();
    const now = io.clock.now();
    if (id !== undefined) {
      const check = await rest.call({ method: "POST", path: `/health-checks/${encodeURIComponent(id)}/recheck`, answer: healthCheck });
      print(io, options, check, () => [
        ...fieldLines([
          ["check", `${check.id} ${check.title}`],
          ["state", `${check.state} for ${age(check.since, now).replace(" ago", "")}`],
          ["looks at", check.looksAt],
          ["cause", check.cause],
          ["fix", check.remedy],
          ["documents", `docs/${check.docs}`],
          ...(check.unknown === null ? [] : [["unknown", check.unknown] as [string, string]]),
        ]),
        ...check.problems.map(({ severity, title, detail, since }) => `${severity}: ${title}, since ${age(since, now)}. ${detail}`),
      ]);
      if (check.state === "fail") throw new Failure(`${check.id} fails: ${check.remedy}`);
      return;
    }
    const { items } = await rest.call({ method: "GET", path: "/health-checks", answer: listOf(healthCheck) });
    const shown = options.all === true ? items : items.filter(({ state }) => state !== "ok");
    print(io, options, { items: shown }, () =>
      shown.length === 0
        ? []
        : tableLines(
            ["check", "state", "since", "found"],
            shown.flatMap((check) =>
              check.problems.length === 0
                ? [[check.id, check.state, age(check.since, now), check.unknown ?? check.title]]
                : check.problems.map(({ title, since }) => [check.id, check.state, age(since, now), title]),
            ),
          ),
    );
    const failing = items.filter(({ state }) => state === "fail");
    const holding = items.filter(({ state }) => state === "ok").length;
    io.say(`${holding} of ${items.length} checks hold.`);
    if (failing.length > 0) throw new Failure(`${failing.map((check) => check.id).join(", ")}: see "sallyport health ${failing[0]?.id}".`);
  });
}
