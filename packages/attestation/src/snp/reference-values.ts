import type { Product } from "./product.ts";
import type { SnpRoot } from "./root.ts";
import type { Tcb } from "./tcb.ts";

/** From when to when a snapshot of collateral counts: its lists must be valid at the first of these moments. */
export interface RevocationSnapshot {
  readonly takenAt: Date;
  readonly until: Date;
}

/** What the checks compare an SNP report with: the `snp` section of a trust policy, roots resolved. */
export interface SnpReferenceValues {
  readonly roots: readonly SnpRoot[];
  /** Whether development roots count at all. */
  readonly development: boolean;
  /** Judge revocation lists at the moment a snapshot was taken, and until its end; otherwise at the evaluation. */
  readonly snapshot?: RevocationSnapshot | undefined;
  readonly reportVersions: readonly number[];
  readonly signers: readonly ("vcek" | "vlek")[];
  readonly vlekCsps: readonly string[];
  readonly products: readonly Product[];
  /** Lower-case hexadecimal, 48 bytes each. None listed: none accepted. */
  readonly measurements: readonly string[];
  /** Lower-case hexadecimal, 32 bytes each; `null`: not compared. */
  readonly hostData: readonly string[] | null;
  /** Lower-case hexadecimal, 48 bytes each; `null`: not compared. */
  readonly idKeyDigests: readonly string[] | null;
  readonly authorKeyDigests: readonly string[] | null;
  /** Lower-case hexadecimal, 64 bytes each; `null`: not compared. */
  readonly chipIds: readonly string[] | null;
  readonly minGuestSvn: number;
  /** A product that is not listed is refused. */
  readonly minTcb: { readonly [P in Product]?: Tcb };
  /** `null`: not compared. Otherwise a product that is not listed is refused. */
  readonly minLaunchTcb: { readonly [P in Product]?: Tcb } | null;
  readonly provisionalFirmware: boolean;
  readonly vmpl: readonly number[];
  readonly allow: {
    readonly debug: boolean;
    readonly migration: boolean;
    readonly smt: boolean;
    readonly maskedChipId: boolean;
  };
  readonly requirePlatform: { readonly aliasCheck: boolean };
}
