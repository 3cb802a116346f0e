import { ApocError } from "@apoc/errors";
import type { ImageConfig } from "@apoc/oci";
import { admissionErrors } from "../errors.ts";
import type { ProtectionPolicy } from "../license/license.ts";
import type { PodContainer } from "../manifest/pod-manifest.ts";

/**
 * The rule that the entrypoint of a licensed image is locked: anyone who chooses the command line can print what is in the
 * image. Arguments are the publisher's where the license opens them, and where there is an entrypoint that they go to:
 * without one the first argument would be the program.
 * @throws PROTECTED_ENTRYPOINT, PROTECTED_ARGS
 */
export function assertEntrypointLocked(
  { name, command, args }: Pick<PodContainer, "name" | "command" | "args">,
  policy: Pick<ProtectionPolicy, "args">,
  config: ImageConfig,
): void {
  const entrypoint = entrypointOf(config);
  if (command !== undefined) {
    throw new ApocError(admissionErrors.PROTECTED_ENTRYPOINT, {
      field: `containers.${name}.command`,
      expected: JSON.stringify(entrypoint),
      actual: JSON.stringify(command),
    });
  }
  if (args === undefined || (entrypoint.length > 0 && policy.args)) return;
  const locked = entrypoint.length === 0;
  throw new ApocError(locked ? admissionErrors.PROTECTED_ENTRYPOINT : admissionErrors.PROTECTED_ARGS, {
    field: `containers.${name}.args`,
    expected: locked ? "no arguments, since the image has no entrypoint" : "no arguments",
    actual: JSON.stringify(args),
  });
}

/** An empty first word is no entrypoint to engines: arguments would become the program. */
export function entrypointOf(config: ImageConfig): readonly string[] {
  const words = config.config?.Entrypoint ?? [];
  return words[0] === "" ? [] : words;
}
