const SGR = { added: 32, changed: 33, removed: 31 } as const;

/** Colours a line for what it tells of, where the terminal takes it. */
export function coloured(line: string, meaning: keyof typeof SGR, colour: boolean): string {
  return colour ? `\u001b[${SGR[meaning]}m${line}\u001b[0m` : line;
}
