import { type IncomingHttpHeaders, type RequestOptions, request } from "node:http";

/** What came back, as far as tests of refusals look at it. */
export interface CodedAnswer {
  readonly status: number;
  /** Of problem+json; null for an answer of another kind. */
  readonly code: string | null;
  readonly headers: IncomingHttpHeaders;
}

/** Sends one request, and reads the whole answer. */
export function askForCode(options: RequestOptions, body?: string | Buffer): Promise<CodedAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", ...options }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        const isProblem = response.headers["content-type"] === "application/problem+json";
        const { code = null } = (isProblem ? JSON.parse(text) : {}) as { code?: string };
        resolve({ status: response.statusCode ?? 0, code, headers: response.headers });
      });
    });
    sent.on("error", reject).end(body);
  });
}
