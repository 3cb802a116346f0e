import { ApocError } from "@apoc/errors";
import type { WantedPlatform } from "@apoc/oci";
import { terminalErrors } from "@apoc/terminal";
import { parsePlatform } from "../../image/parse-platform.ts";

/** Which images of an index are meant. */
export const platformOptions = {
  platform: {
    flags: "--platform <os/arch>",
    description: "platform to select; default linux/amd64",
    parse: parsePlatform,
  },
  all: { flags: "--all", description: "all images of an index" },
} as const;

/** Throws USAGE where both are given. */
export function chosenPlatform(options: {
  readonly platform: WantedPlatform | undefined;
  readonly all: boolean;
}): WantedPlatform | "all" | undefined {
  if (options.all && options.platform !== undefined) {
    throw new ApocError(terminalErrors.USAGE, { field: "--all", expected: "--all or --platform, not both" });
  }
  return options.all ? "all" : options.platform;
}
