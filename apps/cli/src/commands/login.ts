import type { Command } from "commander";
import type { Cli } from "../cli.js";
import { Failure } from "../failure.js";
import { consoleUrl, isInTheClear } from "../login/console-url.js";
import { writeLogin } from "../login/login-file.js";
import { print, withFormat } from "../output/format.js";
import { fieldLines } from "../output/table.js";
import { createRest } from "../rest/client.js";
import { whoamiAnswer } from "../rest/views.js";

interface LoginOptions {
  readonly url?: string;
  readonly token?: string;
  readonly tokenStdin?: boolean;
}

async function logIn({ io }: Cli, options: LoginOptions): Promise<void> {
  const given = options.url ?? io.env.SALLYPORT_URL;
  if (!given) throw new Failure("Name the console: sallyport login --url https://console.example.com --token-stdin");
  const url = consoleUrl(given, "--url");
  if (options.token !== undefined && options.tokenStdin) throw new Failure("Give the token by --token or by --token-stdin, not both.");
  const token = (options.tokenStdin ? await io.readInput() : (options.token ?? io.env.SALLYPORT_TOKEN ?? "")).trim();
  if (!/^spt_\S{8,256}$/.test(token))
    throw new Failure("An API token reads spt_…; make one in the console under Settings → API tokens, and give it by --token-stdin.");
  if (isInTheClear(url)) io.say(`Warning: ${url} is not https; the token can be read on its way.`);
  const { name } = await createRest({ url, token }).call({ method: "GET", path: "/whoami", answer: whoamiAnswer });
  const file = await writeLogin(io.env, { url, token });
  io.say(`Logged in to ${url} with the token “${name}”; kept in ${file}`);
}

/** `sallyport login` and `sallyport whoami`. */
export function registerLogin(program: Command, cli: Cli): void {
  program
    .command("login")
    .description("keep a console's address and an API token for later commands, in a file that only you read")
    .option("--url <url>", "the console's address; else SALLYPORT_URL")
    .option("--token <token>", "the API token; other users of this machine may see it, so prefer --token-stdin")
    .option("--token-stdin", "read the API token from standard input")
    .action((options: LoginOptions) => logIn(cli, options));

  withFormat(program.command("whoami").description("whose token this is, and what it may do")).action(async (options) => {
    const rest = await cli.rest();
    const me = await rest.call({ method: "GET", path: "/whoami", answer: whoamiAnswer });
    print(cli.io, options, me, () =>
      fieldLines([
        ["console", rest.url],
        ["name", me.name],
        ["kind", me.kind],
        ["may", me.permissions.join(", ") || "nothing fleet-wide"],
        ["tenants of its own", me.tenants],
      ]),
    );
  });
}
