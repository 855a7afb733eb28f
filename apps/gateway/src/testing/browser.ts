import { request } from "undici";

/** An answer as a browser gets it. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

export interface Visit {
  readonly method?: "GET" | "POST";
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
}

/**
 * What of a browser a login needs: cookies for each host, and redirects. Names below `.test` lead to a node on loopback, as DNS and a
 * terminator of TLS would; everything else is called as it stands.
 */
export class Browser {
  /** `host name` → value. */
  readonly cookies = new Map<string, string>();
  /** Every `Set-Cookie` that came. */
  readonly setCookies: string[] = [];
  /** The node behind the names; a load balancer may choose another one at any time. */
  port: number;
  readonly #address: string;

  /** @param address where it calls from, for a node that trusts its proxy */
  constructor(port: number, address = `198.51.100.${Math.floor(Math.random() * 250) + 1}`) {
    this.port = port;
    this.#address = address;
  }

  cookie(host: string, name: string): string | undefined {
    return this.cookies.get(`${host} ${name}`);
  }

  /** One request, no redirect followed. */
  async visit(url: string, { method = "GET", form, headers = {} }: Visit = {}): Promise<Page> {
    const { host, hostname, pathname, search } = new URL(url);
    const ours = hostname.endsWith(".test");
    const held = [...this.cookies].flatMap(([key, value]) => (key.startsWith(`${host} `) ? [`${key.slice(host.length + 1)}=${value}`] : []));
    const answer = await request(ours ? `http://127.0.0.1:${this.port}${pathname}${search}` : url, {
      method,
      headers: {
        accept: "text/html,application/xhtml+xml,*/*;q=0.8",
        ...(ours ? { host, "x-forwarded-for": this.#address, "x-forwarded-proto": "https" } : {}),
        ...(held.length === 0 ? {} : { cookie: held.join("; ") }),
        ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
        ...headers,
      },
      ...(form === undefined ? {} : { body: new URLSearchParams(form).toString() }),
    });
    for (const line of [answer.headers["set-cookie"] ?? []].flat()) this.#keep(host, line);
    return { url, status: answer.statusCode, headers: answer.headers, body: await answer.body.text() };
  }

  /** Follows redirects to the end, as an address that was typed; stops before a URL that begins with `stopAt`. */
  async open(url: string, { stopAt, ...visit }: Visit & { readonly stopAt?: string } = {}): Promise<Page> {
    let page = await this.visit(url, visit);
    for (let hops = 0; hops < 20 && page.status >= 300 && page.status < 400; hops += 1) {
      const next = new URL(String(page.headers.location), page.url).href;
      if (stopAt !== undefined && next.startsWith(stopAt)) return { ...page, url: next };
      page = await this.visit(next);
    }
    return page;
  }

  /** Presses the button of the demo provider's sign-in page. */
  signIn(page: Page, account: string, options: { readonly stopAt?: string } = {}): Promise<Page> {
    const action = /action="([^"]+)"/.exec(page.body)?.[1];
    if (action === undefined) throw new Error(`no sign-in page at ${page.url}: ${page.status} ${page.body.slice(0, 300)}`);
    return this.open(new URL(action, page.url).href, { method: "POST", form: { account }, ...options });
  }

  #keep(host: string, line: string): void {
    this.setCookies.push(line);
    const [, name = "", value = ""] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
    if (/;\s*max-age=0/i.test(line) || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(`${host} ${name}`);
    else this.cookies.set(`${host} ${name}`, value);
  }
}
