/** Everything that a test was told, to look for what must never be: this process's output from here on, and what is added. */
export class Transcript {
  #text = "";

  constructor() {
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write.bind(stream);
      stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
        this.add(String(chunk));
        return write(chunk, ...rest);
      }) as typeof stream.write;
    }
  }

  add(text: string): void {
    this.#text += text;
  }

  has(text: string): boolean {
    return this.#text.includes(text);
  }

  /** Waits until `look` says so. @throws Error with the transcript's end, after `ms` */
  async until(what: string, look: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
    const end = Date.now() + ms;
    while (!(await look())) {
      if (Date.now() > end) throw new Error(`it did not happen: ${what}\n${this.#text.slice(-2_000)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
