import type { Manifest, NodeGroupSpec, SectionName } from "@sallyport/snapshot";
import { tenantSectionName } from "@sallyport/snapshot";
import type { FieldIssue } from "../errors.js";
import { invalid } from "../validation.js";
import type { DraftState } from "./draft-reader.js";
import type { GroupDifference } from "./group-selection.js";

/**
 * The sections of the draft that are meant; all that differ where none are named.
 * @throws ServiceError `invalid` for one that does not differ, and for one that this build cannot read
 */
export function selectSections(asked: readonly string[] | undefined, differing: readonly SectionName[], draft: DraftState): readonly SectionName[] {
  const known = new Set(differing);
  const selected = asked ?? differing;
  const issues: FieldIssue[] = selected.flatMap((name, index) =>
    known.has(name) ? [] : [{ path: `sections.${index}`, message: `${name} has no unpublished change; choose among those that have` }],
  );
  for (const name of selected)
    for (const issue of draft.unreadable.get(name) ?? []) issues.push({ path: `${name}: ${issue.path}`, message: issue.message });
  if (issues.length > 0) throw invalid(issues);
  return selected;
}

const namedBy = (spec: NodeGroupSpec | null): readonly string[] => (spec === null || spec.tenants === "all" ? [] : spec.tenants);

/**
 * References between sections are kept whole: a node group and the tenants that it names go out together, or neither does. What was broken
 * before is nobody's who publishes something else.
 * @param published the manifest as it would be, and as it is live
 */
export function brokenReferences(
  selected: readonly SectionName[],
  groups: readonly { readonly name: string; readonly spec: NodeGroupSpec }[],
  differing: readonly GroupDifference[],
  published: { readonly before: Manifest; readonly after: Manifest },
): FieldIssue[] {
  const chosen = new Set(selected);
  return groups.flatMap(({ name, spec }) => {
    const section = `groups/${name}`;
    const difference = differing.find((each) => each.name === section);
    return namedBy(spec).flatMap((slug) => {
      const tenant = tenantSectionName(slug);
      if (published.after[tenant] !== undefined) return [];
      if (chosen.has(section) && !namedBy(difference?.published ?? null).includes(slug))
        return [{ path: section, message: `names ${slug}, which is not published: choose ${tenant} as well` }];
      if (published.before[tenant] !== undefined)
        return [{ path: tenant, message: `is named by the node group ${name}: choose ${section} as well, which no longer names it` }];
      return [];
    });
  });
}
