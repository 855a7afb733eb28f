import { ServiceError } from "../errors.js";

/** The coded refusal of a call that must not succeed. @throws whatever else happened */
export async function refusalOf(work: Promise<unknown>): Promise<ServiceError> {
  const outcome = await work.then(
    () => new Error("The call was expected to be refused, and was not."),
    (reason: unknown) => reason,
  );
  if (outcome instanceof ServiceError) return outcome;
  throw outcome;
}
