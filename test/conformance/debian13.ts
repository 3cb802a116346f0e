import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../../.apoc/tools/debian13/bin/", import.meta.url);

/** Programs of Debian 13, unpacked by scripts/debian13.sh. */
export const debian13 = {
  /** Version 1.18, with ocicrypt 1.1: the first of Debian's with key providers. */
  skopeo: fileURLToPath(new URL("skopeo", folder)),
  /** containerd's stream processor for encrypted layers (imgcrypt 1.1). */
  decoder: fileURLToPath(new URL("ctd-decoder", folder)),
} as const;

/**
 * Whether tests against them can run. In CI they must: there missing programs fail them; elsewhere they are left out
 * with a message on stderr.
 */
export function debian13Present(): boolean {
  if (existsSync(debian13.skopeo) && existsSync(debian13.decoder)) return true;
  if (process.env["CI"] !== undefined && process.env["CI"] !== "") return true;
  process.stderr.write(
    "Debian 13's skopeo is not there: conformance with it is not tested (scripts/setup.sh --with debian13)\n",
  );
  return false;
}
