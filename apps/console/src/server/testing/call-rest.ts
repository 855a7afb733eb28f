import { DELETE, GET, POST, PUT } from "@/app/api/v1/[[...path]]/route";
import { PUBLIC_URL } from "@/server/testing/console-fixture";

export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into whatever came back.
  readonly body: Record<string, unknown> & {
    readonly items?: readonly Record<string, unknown>[];
    readonly issues?: readonly { path: string; message: string }[];
  };
}

export interface RestCall {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below `/api/v1`. */
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

const HANDLERS = { DELETE, GET, POST, PUT };

/** Calls the REST API through its route handler, as the CLI does. */
export async function callRest({ method, path, token, body, headers }: RestCall): Promise<RestAnswer> {
  const request = new Request(`${PUBLIC_URL}/api/v1${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const response = await HANDLERS[method](request);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as RestAnswer["body"]) };
}
