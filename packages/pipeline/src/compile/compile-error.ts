import type { CounterExample } from "./isolation/counter-example.js";

/** Why a snapshot cannot be used; `path` names the entity (`tenants/acme/routes/main`). */
export interface CompileError {
  readonly path: string;
  readonly message: string;
  /** Where two tenants are not told apart: what both of them would take. */
  readonly counterExample?: CounterExample;
}

/** Collects errors while compiling goes on, so that an operator sees all of them at once. */
export class CompileErrors {
  readonly list: CompileError[] = [];

  add(path: string, message: string, counterExample?: CounterExample): void {
    this.list.push(counterExample === undefined ? { path, message } : { path, message, counterExample });
  }
}

/** An own member of a section's record. Entity names may read `constructor`. */
export function memberOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
