import { z } from "zod";

const sectionNames = z.array(z.string().max(128)).max(100_000);

export const reviewInput = z
  .strictObject({
    /** Sections that would be published, `tenants/acme`; absent means everything that differs. */
    sections: sectionNames.optional(),
    /** Everything that differs but these. */
    except: sectionNames.optional(),
  })
  .refine(({ sections, except }) => sections === undefined || except === undefined, {
    path: ["except"],
    message: "name either the sections that are meant, or those that are not",
  });
export type ReviewInput = z.input<typeof reviewInput>;

export const servingInput = z.strictObject({ sections: sectionNames });
export type ServingInput = z.input<typeof servingInput>;
