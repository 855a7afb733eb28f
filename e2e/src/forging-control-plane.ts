import { generateKeyPairSync, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The envelope again, byte for byte the same payload, signed by a key that nobody pinned. */
function forged(envelope: string): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const [header = "", payload = ""] = envelope.split(".");
  const input = `${header}.${payload}`;
  return `${input}.${sign(null, Buffer.from(input, "latin1"), privateKey).toString("base64url")}`;
}

/**
 * Stands between a node and its control plane, passes everything on, and signs every revision anew with a key of its own: what a
 * stolen certificate or a hostile mirror could do.
 */
export async function startForgingControlPlane(target: string): Promise<{ url: string; close(): Promise<void> }> {
  async function relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? "POST",
      headers: { authorization: request.headers.authorization ?? "", "content-type": "application/json" },
      body: new Uint8Array(body),
    });
    const text = await answer.text();
    const parsed = answer.ok && request.url?.endsWith("/sync") ? (JSON.parse(text) as { kind: string; envelope?: string }) : null;
    if (parsed?.kind === "update" && parsed.envelope !== undefined) parsed.envelope = forged(parsed.envelope);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(parsed === null ? text : JSON.stringify(parsed));
  }
  const server = createServer((request, response) => {
    relay(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
