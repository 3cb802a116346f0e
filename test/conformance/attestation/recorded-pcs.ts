import { readFileSync } from "node:fs";
import type { Reply } from "@apoc/attestation/testing";
import { folder } from "./vectors.ts";

/** Collateral as the vectors have it: what Intel's service sent once. */
export interface RecordedCollateral {
  readonly pck_crl_issuer_chain: string;
  readonly root_ca_crl: string;
  readonly pck_crl: string;
  readonly tcb_info_issuer_chain: string;
  readonly tcb_info: string;
  readonly tcb_info_signature: string;
  readonly qe_identity_issuer_chain: string;
  readonly qe_identity: string;
  readonly qe_identity_signature: string;
}

/** Recorded collateral, the platform family that it is about, and the answers of a service that serves it. */
export function recordedPcs(name: string): {
  readonly recorded: RecordedCollateral;
  readonly fmspc: string;
  readonly service: Record<string, Reply>;
} {
  const text = readFileSync(`${folder}tdx/collateral/${name}.json`, "utf8");
  const recorded = JSON.parse(text) as RecordedCollateral;
  const fmspc = (JSON.parse(recorded.tcb_info) as { fmspc: string }).fmspc.toLowerCase();
  const issuers = (header: string, chain: string) => ({ [header]: encodeURIComponent(chain) });
  const service = {
    "/root.der": { body: Buffer.from(recorded.root_ca_crl, "hex") },
    "/sgx/certification/v4/pckcrl?ca=platform&encoding=der": {
      headers: issuers("SGX-PCK-CRL-Issuer-Chain", recorded.pck_crl_issuer_chain),
      body: Buffer.from(recorded.pck_crl, "hex"),
    },
    [`/tdx/certification/v4/tcb?fmspc=${fmspc}`]: {
      headers: issuers("TCB-Info-Issuer-Chain", recorded.tcb_info_issuer_chain),
      body: `{"tcbInfo":${recorded.tcb_info},"signature":"${recorded.tcb_info_signature}"}`,
    },
    "/tdx/certification/v4/qe/identity": {
      headers: issuers("SGX-Enclave-Identity-Issuer-Chain", recorded.qe_identity_issuer_chain),
      body: `{"enclaveIdentity":${recorded.qe_identity},"signature":"${recorded.qe_identity_signature}"}`,
    },
  };
  return { recorded, fmspc, service };
}
