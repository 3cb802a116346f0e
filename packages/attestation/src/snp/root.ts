import type { Product } from "./product.ts";

/** Organizational unit that every development certificate bears, and that no other may bear. */
export const developmentUnit = "DEVELOPMENT ONLY - NOT A TEE";

/** Common names of a chain. */
export interface ChainNames {
  readonly ark: string;
  readonly ask: string;
  readonly asvk: string;
}

/** A root that a verification may end at. */
export interface SnpRoot {
  /** Lower-case hexadecimal SHA-256 of the DER certificate. */
  readonly sha256: string;
  readonly product: Product;
  readonly names: ChainNames;
  /** The root of a development attester, which is no TEE. */
  readonly development: boolean;
  readonly revocation: "required" | "none";
}

/** Names of AMD's chains. */
export function amdNames(product: Product): ChainNames {
  return { ark: `ARK-${product}`, ask: `SEV-${product}`, asvk: `SEV-VLEK-${product}` };
}

/** Names of development chains: never AMD's. */
export const developmentNames: ChainNames = { ark: "ARK-Dev", ask: "SEV-Dev", asvk: "SEV-VLEK-Dev" };

/** AMD's root keys (ARK), pinned by the fingerprint of their certificates. */
export const amdRoots: readonly SnpRoot[] = (
  [
    ["Milan", "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd"],
    ["Genoa", "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1"],
    ["Turin", "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"],
  ] as const
).map(([product, sha256]) => ({
  sha256,
  product,
  names: amdNames(product),
  development: false,
  revocation: "required",
}));

/** A root of a development attester. */
export function developmentRoot(sha256: string, product: Product, revocation: "required" | "none"): SnpRoot {
  return { sha256, product, names: developmentNames, development: true, revocation };
}
