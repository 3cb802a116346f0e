/**
 * The policy of a case as an object whose keys are known. A key that is not must demand nothing (`null` or `false`): a
 * case is not to be judged without a part of its policy.
 */
export function casePolicy<T extends object>(policy: unknown, known: readonly (keyof T & string)[]): T {
  if (typeof policy !== "object" || policy === null || Array.isArray(policy))
    throw new Error("the case has no policy");
  const unknown = Object.entries(policy).filter(
    ([key, value]) => !known.some((one) => one === key) && value !== null && value !== false,
  );
  if (unknown.length > 0)
    throw new Error(`the runner does not know the policy's ${unknown.map(([key]) => key).join(", ")}`);
  return policy as T;
}
