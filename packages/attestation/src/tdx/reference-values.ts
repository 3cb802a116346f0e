import type { RevocationSnapshot } from "../snp/reference-values.ts";
import type { EventRule } from "./event-rules.ts";
import type { TdxRoot } from "./root.ts";
import type { TcbStatus } from "./tcb-status.ts";

/** Lower-case hexadecimal, 48 bytes each; `null`: not compared; empty: none accepted. */
export type AcceptedDigests = readonly string[] | null;

/** What the checks compare a TDX quote with: the `tdx` section of a trust policy, roots resolved. */
export interface TdxReferenceValues {
  readonly roots: readonly TdxRoot[];
  /** Whether development roots count at all. */
  readonly development: boolean;
  /** Judge collateral at the moment a snapshot was taken, and until its end; otherwise at the evaluation. */
  readonly snapshot?: RevocationSnapshot | undefined;
  readonly quoteVersions: readonly number[];
  readonly statuses: readonly TcbStatus[];
  /** Advisories that an accepted status other than UpToDate may name; `null`: any. */
  readonly allowedAdvisories: readonly string[] | null;
  /** Least `tcbEvaluationDataNumber` of TCB info and enclave identity. */
  readonly minEvaluationNumber: number;
  readonly mrTd: AcceptedDigests;
  /** RTMR0 to RTMR3. */
  readonly rtmrs: readonly [AcceptedDigests, AcceptedDigests, AcceptedDigests, AcceptedDigests];
  /** Events that the log must hold; a register that a rule names holds no other. */
  readonly events: readonly EventRule[];
  readonly mrConfigId: AcceptedDigests;
  readonly mrSeam: AcceptedDigests;
  readonly allow: {
    readonly debug: boolean;
    readonly septVeEnabled: boolean;
    readonly perfmon: boolean;
    readonly serviceTd: boolean;
  };
}
