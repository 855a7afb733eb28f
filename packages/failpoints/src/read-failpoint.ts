import type { Armed } from "./failpoint.js";
import { FAILPOINTS, type FailpointName } from "./failpoints.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** A failpoint from the start on; `told` when the parent process says later which (see `armFailpoint`); null for none. */
export type Arming = Armed | "told" | null;

export type FailpointResult = { readonly ok: true; readonly failpoint: Arming } | { readonly ok: false; readonly error: string };

const FORM = /^([a-z_]+\.[a-z_]+)(?::(kill|stop))?(?:@([1-9][0-9]{0,5}))?$/;
const isName = (name: string): name is FailpointName => Object.hasOwn(FAILPOINTS, name);

/** `<name>`, `<name>:stop`, `<name>:kill@2` for the second time it is reached. Null for anything else. */
export function parseFailpoint(text: string): Armed | null {
  const [, name = "", action = "kill", at = "1"] = FORM.exec(text) ?? [];
  return isName(name) ? { name, action: action === "stop" ? "stop" : "kill", at: Number(at) } : null;
}

/**
 * What `SALLYPORT_FAILPOINT` asks for: a failpoint, or `told`. In production it is refused unless `SALLYPORT_FAILPOINT_IN_PRODUCTION` is
 * `meant`. An error is one sentence.
 */
export function readFailpoint(env: Environment): FailpointResult {
  const text = env.SALLYPORT_FAILPOINT ?? "";
  if (text === "") return { ok: true, failpoint: null };
  if (env.NODE_ENV === "production" && env.SALLYPORT_FAILPOINT_IN_PRODUCTION !== "meant") {
    return refused("it ends this process on purpose and NODE_ENV is production; unset it, or set SALLYPORT_FAILPOINT_IN_PRODUCTION to meant");
  }
  const failpoint = text === "told" ? text : parseFailpoint(text);
  if (failpoint !== null) return { ok: true, failpoint };
  const names = Object.keys(FAILPOINTS).join(", ");
  return refused(
    `${JSON.stringify(text.slice(0, 100))} is no failpoint; write told, <name>, <name>:stop or <name>:kill@<time>, where the name is one of ${names}`,
  );
}

const refused = (reason: string): FailpointResult => ({ ok: false, error: `SALLYPORT_FAILPOINT: ${reason}` });
