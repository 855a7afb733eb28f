"use client";

import { type ComponentType, type LazyExoticComponent, lazy } from "react";

/** A console that restarts is back within seconds; until then whoever waits for code asks again. */
const RETRY_AFTER_MS = 2_000;

const loaders: (() => Promise<unknown>)[] = [];
let atRest = false;

/** Never rejects: a lazy component that fails would take the whole page with it, and what is typed into it. */
async function insistently<T>(load: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
    }
  }
}

/** A component whose code comes after the page: once the page has come to rest, or when it is needed before that. */
export function late<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): LazyExoticComponent<ComponentType<Props>> {
  let started: Promise<{ default: ComponentType<Props> }> | undefined;
  const once = () => {
    started ??= insistently(load);
    return started;
  };
  loaders.push(once);
  if (atRest) void once();
  return lazy(once);
}

/** The page has come to rest: everything late is fetched now, so that it is there also when the console is away by then. */
export function fetchLateParts(): void {
  atRest = true;
  for (const load of loaders) void load();
}
