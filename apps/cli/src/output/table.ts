/** Columns as wide as their widest cell, two blanks between them. Numbers stand to the right. */
export function tableLines(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string[] {
  const cells = [head, ...rows.map((row) => row.map((cell) => (cell === null ? "–" : String(cell))))];
  const numeric = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== "string"));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** `name: value` lines with the values below one another. */
export function fieldLines(fields: readonly (readonly [string, string | number | null])[]): string[] {
  const width = Math.max(...fields.map(([name]) => name.length)) + 1;
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width)} ${value ?? "–"}`);
}
