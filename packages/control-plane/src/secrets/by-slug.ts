/** Rows by their tenant, in the order in which they came. */
export function bySlug<R extends { readonly slug: string }>(rows: readonly R[]): Map<string, R[]> {
  const groups = new Map<string, R[]>();
  for (const row of rows) {
    const own = groups.get(row.slug);
    if (own === undefined) groups.set(row.slug, [row]);
    else own.push(row);
  }
  return groups;
}
