/** The page that an answer of `/api/session` names; the overview where it names none. */
export const openedPage = (answer: unknown): string =>
  typeof answer === "object" && answer !== null && "returnTo" in answer && typeof answer.returnTo === "string" ? answer.returnTo : "/";
