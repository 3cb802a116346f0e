import { sha256 } from "@noble/hashes/sha2.js";
import { decodeHex, DerError, fromHex, readPemBlocks, toHex } from "@apoc/encoding";
import { ApocError } from "@apoc/errors";
import { attestationErrors } from "../errors.ts";
import {
  issuerChainLimit,
  type SignedJson,
  signedDocumentLimit,
  type TdxCollateral,
} from "../tdx/collateral.ts";
import { intelRoot } from "../tdx/root.ts";
import { parseRevocationList, revocationListLimit } from "../x509/revocation-list.ts";
import type { CollateralItem } from "./cache.ts";
import { type CollateralOptions, CollateralStore } from "./collateral-store.ts";

/** Options of {@link IntelPcs}. */
export interface IntelPcsOptions extends CollateralOptions {
  /** Of the provisioning certification service or a caching one (PCCS), without a slash at the end. */
  readonly baseUrl?: string;
  /** Where the root's revocation list is. */
  readonly rootCrlUrl?: string;
  /** SHA-256 of the roots that issuer chains may end at; default: Intel's SGX root. */
  readonly roots?: readonly string[];
}

/** Maximum number of bytes of an answer with a signed document: the document, and what is around it. */
const answerLimit = 2 * signedDocumentLimit;

/**
 * Intel's Provisioning Certification Service, interface version 4. It gives what a TDX quote is judged by. Bodies are
 * compared with what was asked for, issuer chains with the pinned root, and dates with the moment of evaluation; the
 * signatures are for the verifier of the quote, which has to check them in any case.
 */
export class IntelPcs {
  readonly #base: string;
  readonly #rootCrlUrl: string;
  readonly #roots: readonly string[];
  readonly #store: CollateralStore;

  constructor(options: IntelPcsOptions = {}) {
    const {
      baseUrl = "https://api.trustedservices.intel.com",
      rootCrlUrl = "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der",
      roots = [intelRoot.sha256],
      ...rest
    } = options;
    this.#base = baseUrl;
    this.#rootCrlUrl = rootCrlUrl;
    this.#roots = roots;
    this.#store = new CollateralStore(rest);
  }

  /** The list (DER) of revoked PCK certificates of one of the two PCK CAs. Throws the errors of `CollateralStore.obtain`. */
  async pckCrl(
    ca: "platform" | "processor",
    at: Date,
  ): Promise<{ readonly crl: Uint8Array; readonly issuerChain: readonly Uint8Array[] }> {
    const { crl, issuerChain } = await this.#store.obtain(
      {
        key: `intel/sgx/pckcrl-${ca}`,
        url: `${this.#base}/sgx/certification/v4/pckcrl?ca=${ca}&encoding=der`,
        limit: revocationListLimit,
        chainHeaders: ["SGX-PCK-CRL-Issuer-Chain"],
        read: (item) => ({
          crl: item.body,
          issuerChain: this.#issuers(item),
          list: parseRevocationList(item.body),
        }),
        window: ({ list }) => ({ from: list.thisUpdate, until: list.nextUpdate }),
      },
      at,
    );
    return { crl, issuerChain };
  }

  /** The list (DER) of revoked CAs and signers of Intel's root. Throws the errors of `CollateralStore.obtain`. */
  async rootCrl(at: Date): Promise<Uint8Array> {
    const { crl } = await this.#store.obtain(
      {
        key: "intel/sgx/root-crl",
        url: this.#rootCrlUrl,
        limit: revocationListLimit,
        read: ({ body }) => ({ crl: body, list: parseRevocationList(body) }),
        window: ({ list }) => ({ from: list.thisUpdate, until: list.nextUpdate }),
      },
      at,
    );
    return crl;
  }

  /**
   * TDX TCB information of a platform family. Throws the errors of `CollateralStore.obtain`; ENCODING for an FMSPC
   * that has not 12 lower-case hexadecimal digits.
   */
  async tcbInfo(fmspc: string, at: Date): Promise<SignedJson> {
    if (decodeHex(fmspc)?.length !== 6) {
      const details = { field: "fmspc", expected: "6 bytes in hexadecimal", actual: fmspc };
      throw new ApocError(attestationErrors.ENCODING, details);
    }
    return this.#document("tcbInfo", `tcb-${fmspc}`, `tcb?fmspc=${fmspc}`, at, (document) => {
      expectMember(document, "id", "TDX");
      if (String(document["fmspc"]).toLowerCase() !== fmspc)
        throw new DerError("the TCB info is for another FMSPC");
    });
  }

  /** Identity of the quoting enclave for TDX. Throws the errors of `CollateralStore.obtain`. */
  async qeIdentity(at: Date): Promise<SignedJson> {
    return this.#document("enclaveIdentity", "qe-identity", "qe/identity", at, (document) => {
      expectMember(document, "id", "TD_QE");
    });
  }

  /** Everything that a quote of this platform is judged by. Throws the errors of `CollateralStore.obtain`. */
  async collateral(fmspc: string, ca: "platform" | "processor", at: Date): Promise<TdxCollateral> {
    const [rootCrl, { crl: pckCrl }, tcbInfo, qeIdentity] = await Promise.all([
      this.rootCrl(at),
      this.pckCrl(ca, at),
      this.tcbInfo(fmspc, at),
      this.qeIdentity(at),
    ]);
    return { rootCrl, pckCrl, tcbInfo, qeIdentity };
  }

  async #document(
    member: "tcbInfo" | "enclaveIdentity",
    key: string,
    path: string,
    at: Date,
    check: (document: Record<string, unknown>) => void,
  ): Promise<SignedJson> {
    const header = member === "tcbInfo" ? "TCB-Info-Issuer-Chain" : "SGX-Enclave-Identity-Issuer-Chain";
    return this.#store.obtain(
      {
        key: `intel/tdx/${key}`,
        url: `${this.#base}/tdx/certification/v4/${path}`,
        limit: answerLimit,
        chainHeaders: [header, `SGX-${header}`],
        read: (item) => {
          const { text, signature } = splitSigned(
            new TextDecoder("utf-8", { fatal: true }).decode(item.body),
            member,
          );
          const document = JSON.parse(text) as Record<string, unknown>;
          check(document);
          dates(document);
          return { text, signature, issuerChain: this.#issuers(item) };
        },
        window: ({ text }) => dates(JSON.parse(text) as Record<string, unknown>),
      },
      at,
    );
  }

  #issuers(item: CollateralItem): Uint8Array[] {
    const chain = readPemBlocks(item.issuerChain ?? "", "CERTIFICATE", issuerChainLimit);
    const root = toHex(sha256(chain.at(-1) ?? new Uint8Array()));
    if (!this.#roots.includes(root)) throw new DerError("the issuer chain does not end at the pinned root");
    return chain;
  }
}

/**
 * Takes `{"<member>":{…},"signature":"<hex>"}` apart without serialising it again: the signature is over these bytes. Two
 * members of that name would make the text between no JSON.
 */
export function splitSigned(body: string, member: string): { text: string; signature: Uint8Array } {
  const form = new RegExp(
    `^\\s*\\{\\s*"${member}"\\s*:\\s*(\\{.*\\})\\s*,\\s*"signature"\\s*:\\s*"([0-9a-fA-F]{128})"\\s*\\}\\s*$`,
    "s",
  );
  const [, text = "", signature = ""] = form.exec(body) ?? [];
  if (text === "") throw new DerError(`not an object of ${member} and signature`);
  return { text, signature: fromHex(signature.toLowerCase()) };
}

function dates(document: Record<string, unknown>): { from: Date; until: Date } {
  const [from, until] = ["issueDate", "nextUpdate"].map((name) => new Date(String(document[name]))) as [
    Date,
    Date,
  ];
  if (Number.isNaN(from.getTime()) || Number.isNaN(until.getTime()))
    throw new DerError("no issueDate or nextUpdate");
  return { from, until };
}

function expectMember(document: Record<string, unknown>, name: string, value: string): void {
  if (document[name] !== value) throw new DerError(`${name} is not ${value}`);
}
