import { Command, CommanderError } from "commander";
import type { Cli } from "./cli.js";
import { registerAlerts } from "./commands/alerts.js";
import { registerApiKey } from "./commands/api-key.js";
import { registerApply } from "./commands/apply.js";
import { registerApprovals } from "./commands/approvals.js";
import { registerBundle } from "./commands/bundle.js";
import { registerCompletion } from "./commands/completion.js";
import { registerDiff } from "./commands/diff.js";
import { registerDump } from "./commands/dump.js";
import { registerHealth } from "./commands/health.js";
import { registerIdp } from "./commands/idp.js";
import { registerJoinToken } from "./commands/join-token.js";
import { registerLimits } from "./commands/limits.js";
import { registerLockouts } from "./commands/lockouts.js";
import { registerLogin } from "./commands/login.js";
import { registerNodes } from "./commands/nodes.js";
import { registerPortal } from "./commands/portal.js";
import { registerPublish } from "./commands/publish.js";
import { registerReadyLimits } from "./commands/ready-limits.js";
import { registerReview } from "./commands/review.js";
import { registerRevisions } from "./commands/revisions.js";
import { registerRevocations } from "./commands/revocations.js";
import { registerRollout } from "./commands/rollout.js";
import { registerSchema } from "./commands/schema.js";
import { registerSecret } from "./commands/secret.js";
import { registerSessions } from "./commands/sessions.js";
import { registerTenants } from "./commands/tenants.js";
import { registerTest } from "./commands/test.js";
import { registerValidate } from "./commands/validate.js";
import { EXIT, type ExitCode } from "./exit-codes.js";
import { Failure } from "./failure.js";
import type { Io } from "./io.js";
import { connect } from "./rest/connect.js";
import { VERSION } from "./version.js";

const EPILOGUE = `
Exit codes: 0 done · 1 refused or failed · 2 diff found changes, test a failing test.
Environment: SALLYPORT_URL and SALLYPORT_TOKEN win over what login saved; NO_COLOR switches colour off.`;

/** Commands and options, without running anything. */
function createProgram(cli: Cli): Command {
  const program = new Command("sallyport")
    .description("Sallyport from the terminal: configuration as files, publishing, nodes, alerts")
    .version(VERSION, "-V, --version", "print the version")
    .helpCommand("help [command]", "show the help of a command")
    .addHelpText("after", EPILOGUE)
    .showHelpAfterError("(add --help for the options)")
    .exitOverride()
    .configureOutput({ writeOut: (text) => cli.io.out(text.trimEnd()), writeErr: (text) => cli.io.say(text.trimEnd()) });
  const register = [
    registerLogin,
    registerValidate,
    registerDiff,
    registerApply,
    registerDump,
    registerTest,
    registerReview,
    registerPublish,
    registerApprovals,
    registerRevisions,
    registerRollout,
    registerNodes,
    registerHealth,
    registerJoinToken,
    registerBundle,
    registerTenants,
    registerSecret,
    registerApiKey,
    registerIdp,
    registerSessions,
    registerLimits,
    registerLockouts,
    registerPortal,
    registerRevocations,
    registerAlerts,
    registerReadyLimits,
    registerSchema,
    registerCompletion,
  ];
  for (const each of register) each(program, cli);
  program
    .command("version")
    .description("print the version")
    .action(() => cli.io.out(VERSION));
  return program;
}

/**
 * Runs one command line.
 * @param args without node and script
 * @returns the exit code; every expected failure has been told on standard error
 */
export async function runProgram(args: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const cli: Cli = {
    io,
    rest: () => connect(io),
    end: (code) => {
      exitCode = code;
    },
  };
  try {
    await createProgram(cli).parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has told what is wrong; asking for help or the version is no failure.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.failed;
    if (!(error instanceof Failure)) throw error;
    io.say(error.message);
    return EXIT.failed;
  }
}
