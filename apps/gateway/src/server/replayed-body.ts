import { Readable } from "node:stream";

/** A body that was read as a whole, on its way to the upstream as it came. */
export class ReplayedBody extends Readable {
  readonly #bytes: Buffer;
  #untouched = true;

  constructor(bytes: Buffer) {
    super();
    this.#bytes = bytes;
  }

  get isUntouched(): boolean {
    return this.#untouched;
  }

  override _read(): void {
    this.#untouched = false;
    if (this.#bytes.length > 0) this.push(this.#bytes);
    this.push(null);
  }
}
