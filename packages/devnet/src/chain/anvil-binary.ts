import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ApocError } from "@apoc/errors";
import { devnetErrors } from "../errors.ts";

const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * Path of the anvil executable of this platform. It comes with the npm package's optional dependency, so it is found
 * without the package's own install script having run. Throws ANVIL_MISSING.
 */
export function anvilBinary(): string {
  const platform = `${process.platform}-${architectures[process.arch] ?? process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json");
    const manifest = createRequire(wrapper).resolve(`@foundry-rs/anvil-${platform}/package.json`);
    return join(dirname(manifest), "bin", "anvil");
  } catch (error) {
    throw new ApocError(devnetErrors.ANVIL_MISSING, {
      expected: platform,
      next: { action: "install-dependencies" },
      cause: error,
    });
  }
}
