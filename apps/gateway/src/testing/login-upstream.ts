import { listen, type RunningServer } from "@sallyport/testkit";

/** An upstream with a login of its own: every password is wrong but `right`. It keeps what it was sent. */
export interface LoginUpstream extends RunningServer {
  readonly bodies: Buffer[];
}

/** `/login` answers 401 to what fails, `/web` sends back to its page; both 200 to what does not. */
export async function startLoginUpstream(): Promise<LoginUpstream> {
  const bodies: Buffer[] = [];
  const server = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      bodies.push(body);
      if (body.includes("right")) response.writeHead(200).end("welcome");
      else if (request.url?.startsWith("/web") === true) response.writeHead(303, { location: "/web?error=1" }).end();
      else response.writeHead(401).end("wrong");
    });
  });
  return { ...server, bodies };
}
