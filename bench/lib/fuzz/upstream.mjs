import { listen } from "@sallyport/testkit";

const RESERVED =
  /^(?:x-(?:user|tenant|org|roles|groups|token|authenticated|session-id|auth-request|consumer|jwt|internal|gateway)(?:-|$)|x-forwarded-(?:user|email|groups)$|remote-user$)/;
/** What upstreams that fold names together would read. @param {string} name */
const folded = (name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "-");

/**
 * An upstream that judges each request that reaches it: the one identity that may, in the headers that the policy sets, or nobody on a
 * public route. What is amiss goes to `fault`.
 * @param {{ subject: string, tenant: string, publicPath: string }} expected
 * @param {(what: string) => void} fault
 */
export async function startJudgingUpstream({ subject, tenant, publicPath }, fault) {
  const isPublic = (/** @type {string} */ url) => url === publicPath || [`${publicPath}/`, `${publicPath}?`].some((start) => url.startsWith(start));
  let reached = 0;
  const running = await listen((request, response) => {
    reached += 1;
    const said = `${request.method} ${request.url}\n${request.rawHeaders.join("\n")}`;
    /** @type {Map<string, string[]>} */
    const identity = new Map();
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      const name = folded(request.rawHeaders[index] ?? "");
      if (RESERVED.test(name)) identity.set(name, [...(identity.get(name) ?? []), request.rawHeaders[index + 1] ?? ""]);
      if (name === "authorization") fault(`a consumed credential went on: ${said}`);
    }
    const users = identity.get("x-user-id") ?? [];
    const tenants = identity.get("x-tenant-id") ?? [];
    const others = [...identity.keys()].filter((name) => name !== "x-user-id" && name !== "x-tenant-id");
    if (others.length > 0 || tenants.length !== 1 || users.length > 1) fault(`identity that nobody set: ${said}`);
    else if (users.length === 1 && (users[0] !== subject || tenants[0] !== tenant)) fault(`another identity passed: ${said}`);
    else if (users.length === 0 && !isPublic(request.url ?? "")) fault(`nobody passed where somebody is needed: ${said}`);
    request.resume();
    request.once("end", () => response.writeHead(200, { "content-length": 2 }).end("ok"));
    request.once("error", () => undefined);
  });
  return { url: running.url, close: running.close, reached: () => reached };
}
