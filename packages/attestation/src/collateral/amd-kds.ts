import { sha256 } from "@noble/hashes/sha2.js";
import { DerError, equalBytes, readPemBlocks, toHex } from "@apoc/encoding";
import type { Product } from "../snp/product.ts";
import { amdRoots, type SnpRoot } from "../snp/root.ts";
import { readTcb, tcbComponents } from "../snp/tcb.ts";
import { readVekExtensions } from "../snp/vek-extensions.ts";
import { type Certificate, certificateLimit, parseCertificate } from "../x509/certificate.ts";
import { importPssKey, isPssSha384, verifyPss } from "../x509/pss.ts";
import { parseRevocationList, type RevocationList, revocationListLimit } from "../x509/revocation-list.ts";
import { type CollateralOptions, CollateralStore } from "./collateral-store.ts";

/** Kinds of endorsement key: AMD's own for one chip, or a cloud provider's. */
export type VekKind = "vcek" | "vlek";

/** Options of {@link AmdKds}. */
export interface AmdKdsOptions extends CollateralOptions {
  /** Without a slash at the end; default: AMD's. */
  readonly baseUrl?: string;
  /** Roots that a chain may end at; default: AMD's. */
  readonly roots?: readonly SnpRoot[];
}

/** Intermediate and root of a product, DER. */
export interface AmdChain {
  readonly intermediate: Uint8Array;
  readonly root: Uint8Array;
}

/** AMD's Key Distribution Service (AMD publication 57230, chapter 4): version 1 of its VCEK and VLEK interfaces. */
export class AmdKds {
  readonly #base: string;
  readonly #roots: readonly SnpRoot[];
  readonly #store: CollateralStore;

  constructor({ baseUrl = "https://kdsintf.amd.com", roots = amdRoots, ...options }: AmdKdsOptions = {}) {
    this.#base = baseUrl;
    this.#roots = roots;
    this.#store = new CollateralStore(options);
  }

  /**
   * The certificate (DER) of the key that this chip signs with at this TCB.
   * Throws the errors of `CollateralStore.obtain`; COLLATERAL_ANSWER for the certificate of another chip or TCB.
   *
   * @param chipId the 64 bytes of the report; on Turin 8 bytes and zeros
   * @param reportedTcb the 8 bytes of REPORTED_TCB
   */
  async vcek(product: Product, chipId: Uint8Array, reportedTcb: Uint8Array, at: Date): Promise<Uint8Array> {
    const hwid = product === "Turin" ? chipId.subarray(0, 8) : chipId;
    const chip = toHex(hwid);
    const certificate = await this.#store.obtain(
      {
        key: `amd/vcek/${product.toLowerCase()}/${chip}/${toHex(reportedTcb)}`,
        url: `${this.#base}/vcek/v1/${product}/${chip}?${tcbQuery(product, reportedTcb)}`,
        limit: certificateLimit,
        read({ body }) {
          const found = parseCertificate(body);
          const extensions = readVekExtensions(found, product, "vcek");
          if (!equalBytes(extensions.tcb, reportedTcb))
            throw new DerError("the certificate is for another TCB");
          if (!equalBytes(extensions.hwid ?? new Uint8Array(), hwid))
            throw new DerError("the certificate is for another chip");
          return found;
        },
        window: validity,
      },
      at,
    );
    return new Uint8Array(certificate.raw);
  }

  /** The chain of a product up to a pinned root. Throws the errors of `CollateralStore.obtain`. */
  async chain(product: Product, kind: VekKind, at: Date): Promise<AmdChain> {
    const { intermediate, root } = await this.#store.obtain(
      {
        key: `amd/${kind}/${product.toLowerCase()}/cert-chain`,
        url: `${this.#base}/${kind}/v1/${product}/cert_chain`,
        limit: 2 * certificateLimit,
        read: ({ body }) => this.#readChain(body, product, kind),
        window: (chain) => {
          const [a, b] = [validity(chain.intermediate), validity(chain.root)];
          return { from: a.from > b.from ? a.from : b.from, until: a.until < b.until ? a.until : b.until };
        },
      },
      at,
    );
    return { intermediate: new Uint8Array(intermediate.raw), root: new Uint8Array(root.raw) };
  }

  /**
   * The revocation list (DER) of the root of a product, signed by that root and valid at the moment of evaluation.
   * Throws the errors of `CollateralStore.obtain`.
   *
   * @param root DER of the root if known; otherwise the chain is fetched, too
   */
  async revocationList(product: Product, kind: VekKind, at: Date, root?: Uint8Array): Promise<Uint8Array> {
    const issuer = parseCertificate(
      this.#pinned(root ?? (await this.chain(product, kind, at)).root, product),
    );
    const { bytes } = await this.#store.obtain(
      {
        key: `amd/${kind}/${product.toLowerCase()}/crl`,
        url: `${this.#base}/${kind}/v1/${product}/crl`,
        limit: revocationListLimit,
        read: async ({ body }) => ({ bytes: body, list: await readList(body, issuer) }),
        window: ({ list }) => ({ from: list.thisUpdate, until: list.nextUpdate }),
      },
      at,
    );
    return bytes;
  }

  /** The product of a root certificate, if it is one of the pinned. */
  productOf(root: Uint8Array): Product | undefined {
    const fingerprint = toHex(sha256(root));
    return this.#roots.find(({ sha256: pinned }) => pinned === fingerprint)?.product;
  }

  #pinned(root: Uint8Array, product: Product): Uint8Array {
    if (this.productOf(root) !== product) throw new DerError(`not the root of ${product}`);
    return root;
  }

  async #readChain(
    body: Uint8Array,
    product: Product,
    kind: VekKind,
  ): Promise<{ intermediate: Certificate; root: Certificate }> {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    const [first, second, ...more] = readPemBlocks(text, "CERTIFICATE", 2);
    if (first === undefined || second === undefined || more.length > 0)
      throw new DerError("not two certificates");
    const [intermediate, root] = [parseCertificate(first), parseCertificate(this.#pinned(second, product))];
    const trust = this.#roots.find(({ sha256: pinned }) => pinned === toHex(sha256(second)));
    const name = kind === "vcek" ? trust?.names.ask : trust?.names.asvk;
    if (intermediate.subject.commonName !== name) throw new DerError(`not the intermediate ${name}`);
    const key = await importPssKey(root.spki);
    const holds =
      isPssSha384(intermediate.algorithm) &&
      (await verifyPss(key, intermediate.signature, intermediate.signed));
    if (!holds) throw new DerError("the intermediate is not signed by the root");
    return { intermediate, root };
  }
}

async function readList(body: Uint8Array, issuer: Certificate): Promise<RevocationList> {
  const list = parseRevocationList(body);
  if (!equalBytes(list.issuer.raw, issuer.subject.raw)) throw new DerError("the list is of another issuer");
  const key = await importPssKey(issuer.spki);
  if (
    !list.algorithmsAgree ||
    !isPssSha384(list.algorithm) ||
    !(await verifyPss(key, list.signature, list.signed))
  )
    throw new DerError("the list is not signed by the root");
  return list;
}

function validity({ notBefore, notAfter }: Certificate): { from: Date; until: Date } {
  return { from: notBefore, until: notAfter };
}

/** `blSPL=10&teeSPL=00&…`, two decimal digits each; Turin also has `fmcSPL`. */
function tcbQuery(product: Product, bytes: Uint8Array): string {
  const tcb = readTcb(bytes, product);
  return tcbComponents(product)
    .map((name) => `${name}SPL=${String(tcb[name] ?? 0).padStart(2, "0")}`)
    .join("&");
}
