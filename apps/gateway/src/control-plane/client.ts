import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { PACKED_MEDIA_TYPE } from "@sallyport/snapshot/protocol";
import { type Dispatcher, Pool } from "undici";
import type { z } from "zod";
import { parseInSlices } from "./parse-in-slices.js";

/** An answer of the control plane, parsed; or why there is none. `status` is null when none arrived. */
export type ControlPlaneAnswer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly status: number | null; readonly message: string };

interface ControlPlaneCall<S extends z.ZodType> {
  /** Bearer token of the node; null for the enrolment. */
  readonly token: string | null;
  readonly body: unknown;
  readonly answer: S;
  /** For the whole call: connect, send, wait, read. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** The only way from the node to its control plane. Every call is bounded in time and bytes; failures are values. */
export interface ControlPlaneClient {
  post<S extends z.ZodType>(path: string, call: ControlPlaneCall<S>): Promise<ControlPlaneAnswer<z.output<S>>>;
  close(): Promise<void>;
}

const unpack = promisify(gunzip);

/** A full snapshot of 10,000 tenants is about 30 MiB. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** @param baseUrl where `/api/node/v1` is, without a slash at the end */
export function createControlPlaneClient(baseUrl: string): ControlPlaneClient {
  const { origin, pathname } = new URL(baseUrl);
  const basePath = pathname === "/" ? "" : pathname;
  // Four: the poll that hangs, a heartbeat, events, and one to spare.
  const pool = new Pool(origin, { connections: 4, pipelining: 1, connect: { timeout: 5_000 }, maxResponseSize: MAX_ANSWER_BYTES });
  return {
    async post(path, { token, body, answer, timeoutMs, signal }) {
      // Not AbortSignal.any: it keeps something of every call for as long as the node lives.
      const ending = new AbortController();
      const stop = (): void => ending.abort(signal?.reason);
      const timer = setTimeout(() => ending.abort(new DOMException("no answer in time", "TimeoutError")), timeoutMs);
      signal?.addEventListener("abort", stop);
      if (signal?.aborted) stop();
      try {
        const response = await pool.request({
          path: basePath + path,
          method: "POST",
          headers: {
            accept: `application/json, ${PACKED_MEDIA_TYPE}`,
            "content-type": "application/json",
            ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify(body),
          signal: ending.signal,
          headersTimeout: timeoutMs,
          bodyTimeout: timeoutMs,
        });
        const bytes = await bytesOf(response);
        if (response.statusCode !== 200) {
          return { ok: false, status: response.statusCode, message: refusalOf(response.statusCode, bytes.toString("utf8")) };
        }
        const parsed = answer.safeParse(await parseInSlices(bytes));
        if (parsed.success) return { ok: true, value: parsed.data };
        const issue = parsed.error.issues[0];
        return {
          ok: false,
          status: null,
          message: `the control plane's answer to ${path} is not understood: ${issue?.path.join(".")}: ${issue?.message}`,
        };
      } catch (error) {
        const came = error instanceof SyntaxError || (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"));
        const what = came ? `gave an answer to ${path} that cannot be read` : "cannot be reached";
        return { ok: false, status: null, message: `the control plane at ${origin} ${what}: ${reasonOf(error)}` };
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
      }
    },
    close: () => pool.destroy(),
  };
}

async function bytesOf({ headers, body }: Dispatcher.ResponseData): Promise<Buffer> {
  const bytes = Buffer.from(await body.arrayBuffer());
  const packed = String(headers["content-type"]).split(";")[0]?.trim().toLowerCase() === PACKED_MEDIA_TYPE;
  // Off the event loop, and no further than an answer may be long.
  return packed ? unpack(bytes, { maxOutputLength: MAX_ANSWER_BYTES }) : bytes;
}

function refusalOf(status: number, text: string): string {
  try {
    const problem = JSON.parse(text) as { detail?: unknown; title?: unknown; message?: unknown };
    for (const sentence of [problem.detail, problem.message, problem.title]) {
      if (typeof sentence === "string") return `the control plane answered ${status}: ${sentence.slice(0, 300)}`;
    }
  } catch {
    // Not ours to read; the status says enough.
  }
  return `the control plane answered ${status}`;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  // Both address families refused: undici gives an AggregateError without a message.
  if (error instanceof AggregateError)
    return error.errors.map((inner: unknown) => (inner instanceof Error ? inner.message : String(inner))).join("; ");
  return error.message;
}
