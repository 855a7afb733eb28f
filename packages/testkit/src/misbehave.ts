import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";

/** Ways in which any document of an identity provider can be broken or hostile. */
export const MISBEHAVIOURS = [
  "hang",
  "slow_headers",
  "drip",
  "huge",
  "lying_length",
  "gzip_bomb",
  "gzip",
  "html",
  "truncated",
  "no_content",
  "error_500",
  "redirect",
  "reset",
] as const;
export type Misbehaviour = (typeof MISBEHAVIOURS)[number];

export interface MisbehaviourOptions {
  readonly redirectTo: string;
  /** Between two bytes of `drip` and `slow_headers`. */
  readonly dripMs: number;
  /** Body bytes handed to the socket. */
  sent(bytes: number): void;
}

const ZEROES = Buffer.alloc(65_536, "0");
const ENDLESS_BYTES = 2 ** 31;
const JSON_TYPE = { "content-type": "application/json" };

let packedBomb: Buffer | null = null;
/** 50 MB in 50 KB. */
function bomb(): Buffer {
  packedBomb ??= gzipSync(Buffer.alloc(50_000_000, " "));
  return packedBomb;
}

/** 2 GB, as fast as they are read. */
function pour(response: ServerResponse, sent: (bytes: number) => void): void {
  let poured = 0;
  const pump = () => {
    while (poured < ENDLESS_BYTES && !response.destroyed) {
      poured += ZEROES.length;
      sent(ZEROES.length);
      if (!response.write(ZEROES)) return;
    }
    response.end();
  };
  response.on("drain", pump);
  pump();
}

/** One byte after the other, over and over. */
function drip(response: ServerResponse, text: string, { dripMs, sent }: MisbehaviourOptions, write: (byte: string) => void): void {
  let at = 0;
  const timer = setInterval(() => {
    sent(1);
    write(text.charAt(at % text.length));
    at += 1;
  }, dripMs);
  response.on("close", () => clearInterval(timer));
}

/** Answers in the wrong way. @param text what a good answer would be, JSON */
export function misbehave(response: ServerResponse, how: Misbehaviour, text: string, options: MisbehaviourOptions): void {
  const { sent, redirectTo } = options;
  switch (how) {
    case "hang":
      return;
    case "slow_headers": {
      const { socket } = response;
      socket?.write("HTTP/1.1 200 OK\r\n");
      drip(response, "x-filler: abcdefgh\r\n", options, (byte) => socket?.write(byte));
      return;
    }
    case "drip":
      response.writeHead(200, JSON_TYPE);
      drip(response, text, options, (byte) => response.write(byte));
      return;
    case "huge":
      response.writeHead(200, JSON_TYPE);
      pour(response, sent);
      return;
    case "lying_length":
      response.writeHead(200, { ...JSON_TYPE, "content-length": ENDLESS_BYTES });
      pour(response, sent);
      return;
    case "gzip_bomb":
    case "gzip": {
      const body = how === "gzip" ? gzipSync(text) : bomb();
      sent(body.length);
      response.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip", "content-length": body.length });
      response.end(body);
      return;
    }
    case "html":
      response.writeHead(200, { "content-type": "text/html" });
      response.end("<!doctype html><title>Sign in to the Wi-Fi</title>");
      return;
    case "truncated":
      response.writeHead(200, JSON_TYPE);
      response.end(text.slice(0, -5));
      return;
    case "no_content":
      response.writeHead(204).end();
      return;
    case "error_500":
      response.writeHead(500, JSON_TYPE);
      response.end('{"error":"server_error"}');
      return;
    case "redirect":
      response.writeHead(302, { location: redirectTo });
      response.end();
      return;
    case "reset":
      response.writeHead(200, { ...JSON_TYPE, "content-length": text.length });
      response.write(text.slice(0, 10), () => response.destroy());
      return;
    default:
      how satisfies never;
  }
}
