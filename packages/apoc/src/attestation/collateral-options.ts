import { join, resolve } from "node:path";
import { AmdKds, type CollateralServices, IntelPcs } from "@apoc/attestation";
import { directoryCache } from "@apoc/attestation/node";
import { ApocError } from "@apoc/errors";
import { type Context, terminalErrors } from "@apoc/terminal";

/** Options of commands that may fetch collateral. */
export const collateralOptions = {
  collateral: {
    flags: "--collateral <dir>",
    description: "folder of collateral that was fetched before; default: collateral in the data folder",
  },
  offline: { flags: "--offline", description: "fetch nothing: what is not in that folder fails" },
  kds: { flags: "--kds <url>", description: "AMD's Key Distribution Service, or a mirror", parse: parseBase },
  pcs: {
    flags: "--pcs <url>",
    description: "Intel's Provisioning Certification Service, or a caching one",
    parse: parseBase,
  },
  rootCrl: {
    flags: "--root-crl <url>",
    description: "revocation list of Intel's root, which is at another place than --pcs",
    parse: parseBase,
  },
} as const;

/** Values of {@link collateralOptions}. */
export interface CollateralChoice {
  readonly collateral: string | undefined;
  readonly offline: boolean;
  readonly kds: string | undefined;
  readonly pcs: string | undefined;
  readonly rootCrl: string | undefined;
}

/** Folder that these options name. */
export function collateralFolder(ctx: Context, { collateral }: CollateralChoice): string {
  return collateral === undefined
    ? join(ctx.config.dataDirectory, "collateral")
    : resolve(ctx.cwd, collateral);
}

/**
 * The services that these options name.
 *
 * @param renew whether all is fetched anew, whatever is in the folder; `offline` comes first
 */
export function openServices(ctx: Context, choice: CollateralChoice, renew = false): CollateralServices {
  const kept = directoryCache(collateralFolder(ctx, choice));
  const cache = renew && !choice.offline ? { ...kept, get: () => Promise.resolve(undefined) } : kept;
  const options = { cache, offline: choice.offline, signal: ctx.signal };
  return {
    kds: new AmdKds({ ...options, ...(choice.kds && { baseUrl: choice.kds }) }),
    pcs: new IntelPcs({
      ...options,
      ...(choice.pcs && { baseUrl: choice.pcs }),
      ...(choice.rootCrl && { rootCrlUrl: choice.rootCrl }),
    }),
  };
}

function parseBase(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return text.replace(/\/+$/, "");
  throw new ApocError(terminalErrors.USAGE, { field: "URL", expected: "http:// or https://", actual: text });
}
