import { describePolicy, type License } from "@apoc/core";

/** What a developer must know about what the publisher controls. */
export function untrustedInputWarning({ policy }: License, entrypoint: readonly string[]): string {
  const opened = describePolicy(policy);
  const lines =
    opened === "nothing"
      ? ["Publishers can change nothing of how this image is started; the entrypoint is locked in any case."]
      : [
          `Publishers control: ${opened}; never the entrypoint.`,
          "Treat all of it as untrusted input: a program that evaluates it gives its code away.",
        ];
  if (entrypoint.length === 0) {
    lines.push(
      policy.args
        ? "The image has no Entrypoint, so `args: true` has no effect: the first argument would be the program."
        : "The image has no Entrypoint, so arguments can never be opened: the first would be the program.",
    );
  }
  return lines.join("\n");
}
