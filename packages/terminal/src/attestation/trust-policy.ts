import { resolve } from "node:path";
import { parseTrustPolicy, policyLimit, type TrustPolicy } from "@apoc/attestation";
import { ApocError } from "@apoc/errors";
import type { Context } from "../context.ts";
import { terminalErrors } from "../errors.ts";
import { readFileIfThere } from "@apoc/client/files";

/**
 * The trust policy of this command: the file of `--policy` (relative to the working folder), or `trustPolicy` of the
 * configuration (relative to its folder). There is no built-in one: whom to trust is the user's decision.
 * Throws TRUST_POLICY_MISSING, FILE_UNREADABLE, POLICY_FORMAT.
 */
export async function loadTrustPolicy(
  ctx: Pick<Context, "config" | "cwd">,
  file: string | undefined,
): Promise<TrustPolicy> {
  const configured = file === undefined ? (await ctx.config.load()).trustPolicy : undefined;
  const path =
    file === undefined ? configured && resolve(ctx.config.directory, configured) : resolve(ctx.cwd, file);
  const text = path === undefined ? undefined : await readFileIfThere(path, policyLimit);
  if (text !== undefined) return parseTrustPolicy(text);
  throw new ApocError(terminalErrors.TRUST_POLICY_MISSING, {
    field: path ?? "trustPolicy",
    expected: "a trust policy file (docs/spec/evidence.md)",
    actual: path === undefined ? "none configured" : "no such file",
    next: { action: "set-trust-policy" },
  });
}
