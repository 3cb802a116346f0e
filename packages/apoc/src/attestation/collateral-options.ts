import { ApocError } from "@apoc/errors";
import { terminalErrors } from "@apoc/terminal";

/** Options of commands that may fetch collateral. */
export const collateralOptions = {
  collateral: {
    flags: "--collateral <dir>",
    description: "folder of collateral; default: collateral in the data folder",
  },
  offline: { flags: "--offline", description: "fetch nothing: what is not in that folder fails" },
  kds: { flags: "--kds <url>", description: "AMD's Key Distribution Service, or a mirror", parse: parseBase },
  pcs: {
    flags: "--pcs <url>",
    description: "URL of Intel's Provisioning Certification Service, or of a cache",
    parse: parseBase,
  },
  rootCrl: {
    flags: "--root-crl <url>",
    description: "URL of the revocation list of Intel's root, which is not part of --pcs",
    parse: parseBase,
  },
} as const;

function parseBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return text.replace(/\/+$/, "");
  throw new ApocError(terminalErrors.USAGE, { field: "URL", expected: "http:// or https://", actual: text });
}
