import { z } from "zod";
import { Failure, reasonOf } from "../failure.js";
import { VERSION } from "../version.js";

/** RFC 9457, with the members that the control plane adds. */
const problemDocument = z.object({
  title: z.string().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
  request_id: z.string().optional(),
});
type ProblemDocument = z.output<typeof problemDocument>;

/** The control plane understood the call and refused it. */
export class Refusal extends Failure {
  override readonly name = "Refusal";
  readonly status: number;
  readonly problem: ProblemDocument;
  constructor(status: number, problem: ProblemDocument) {
    const issues = problem.issues.map(({ path, message }) => `  ${path === "" ? "" : `${path}: `}${message}`);
    const request = problem.request_id === undefined ? "" : ` (${status} ${problem.code ?? ""}, request ${problem.request_id})`;
    super([`${problem.detail ?? problem.title ?? "The control plane refused."}${request}`, ...issues].join("\n"));
    this.status = status;
    this.problem = problem;
  }
}

interface Call<S extends z.ZodType> {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v1`. */
  readonly path: `/${string}`;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly answer: S;
  readonly timeoutMs?: number;
}

/** The REST API with one token. Every call is bounded in time and bytes. */
export interface Rest {
  /** The console's address, without a slash at the end. */
  readonly url: string;
  /** @throws Refusal for a problem document, Failure when there is no usable answer */
  call<S extends z.ZodType>(call: Call<S>): Promise<z.output<S>>;
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 512 * 1024 * 1024;

/** @param url of the console, without a slash at the end */
export function createRest({ url, token }: { readonly url: string; readonly token: string }): Rest {
  return {
    url,
    async call({ method, path, query = {}, body, answer, timeoutMs = TIMEOUT_MS }) {
      const address = new URL(`${url}/api/v1${path}`);
      for (const [name, value] of Object.entries(query)) if (value !== undefined) address.searchParams.set(name, String(value));
      let response: Response;
      let text: string;
      try {
        response = await fetch(address, {
          method,
          // A token goes to the address that it was given for, and nowhere else.
          redirect: "manual",
          signal: AbortSignal.timeout(timeoutMs),
          headers: {
            accept: "application/json",
            authorization: `Bearer ${token}`,
            "user-agent": `sallyport-cli/${VERSION}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        text = await boundedText(response);
      } catch (error) {
        throw new Failure(`${url} cannot be reached: ${reasonOf(error)}. Check the address and that the console runs.`);
      }
      if (response.status >= 300 && response.status < 400)
        throw new Failure(
          `${url} answers with a redirect to ${response.headers.get("location") ?? "nowhere"}. Use that address with sallyport login.`,
        );
      const json = parseJson(text);
      if (!response.ok) throw refusalOf(url, response.status, json);
      const parsed = answer.safeParse(json);
      if (parsed.success) return parsed.data;
      const issue = parsed.error.issues[0];
      throw new Failure(
        `The answer of ${method} ${path} is not understood (${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}). Are console and CLI of the same release?`,
      );
    },
  };
}

function refusalOf(url: string, status: number, json: unknown): Failure {
  const problem = problemDocument.safeParse(json);
  if (!problem.success) return new Failure(`${url} answered ${status}, and not as a Sallyport console does. Check the address.`);
  if (status !== 401) return new Refusal(status, problem.data);
  return new Refusal(status, {
    ...problem.data,
    detail: "The API token is not valid: it was mistyped, has expired or was revoked. Log in with a new one",
  });
}

async function boundedText(response: Response): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Undefined for what is not JSON: no schema of an answer takes it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
