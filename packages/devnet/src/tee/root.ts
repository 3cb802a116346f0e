import { createHash, createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import {
  type ChainCertificates,
  type ChainKeys,
  generateChainKeys,
  issueChain,
  issueRevocationList,
  lifetimeDays,
} from "./certificates.ts";
import { readState, type StoredRoot, writeState } from "./state.ts";

/** TCB of the development chip, in the byte order of a Genoa TCB_VERSION: bl 10, tee 0, snp 25, ucode 84. */
export const developmentTcb = Uint8Array.from([10, 0, 0, 0, 0, 0, 25, 84]);
/** Certificates are issued again when less than this is left. */
const renewBefore = 2 * 86_400_000;
const rsaPss = { name: "RSA-PSS", hash: "SHA-384" };

/** A development chip with the chain that endorses it. Anyone who holds it can attest to anything. */
export interface DevelopmentRoot {
  /** Lower-case hexadecimal SHA-256 of the root certificate: what a development trust policy names. */
  readonly sha256: string;
  readonly certificates: ChainCertificates;
  readonly notAfter: Date;
  /** 64 bytes. */
  readonly chipId: Uint8Array;
  /** 32 bytes that derived keys come from. */
  readonly chipSecret: Uint8Array;
  /** The P-384 endorsement key. */
  readonly signingKey: KeyObject;
  /** A revocation list of the root over these serials (hexadecimal), valid 30 days: what tests of verifiers need. */
  revocationList(serials: readonly string[], now?: Date): Promise<Uint8Array>;
}

/** Where the root lives, and the time it takes for now. */
export interface DevelopmentRootOptions {
  /** Folder of the state, made with mode 0700 if it does not exist. Without it nothing outlives the process. */
  readonly dir?: string;
  readonly now?: Date;
}

/**
 * Opens the development root of a folder, or makes one: two RSA-4096 keys, seconds of work. Keys and chip secret stay
 * permanently; certificates last 30 days and are issued again over the same keys, which gives a new fingerprint.
 * Throws `TEE_STATE` when the state is not a private file of this user, or not readable.
 */
export async function createDevelopmentRoot({
  dir,
  now = new Date(),
}: DevelopmentRootOptions = {}): Promise<DevelopmentRoot> {
  const found = dir === undefined ? undefined : readState(dir);
  if (found !== undefined && found.notAfter.getTime() - now.getTime() > renewBefore) return open(found);
  const keys = found === undefined ? await generateChainKeys() : await importChainKeys(found);
  const chipSecret = found?.chipSecret ?? randomBytes(32);
  const state: StoredRoot = {
    keys: {
      ark: await exportKey(keys.ark),
      ask: await exportKey(keys.ask),
      vek: await exportKey(keys.vek),
    },
    chipSecret,
    certificates: await issueChain(keys, developmentTcb, chipIdOf(chipSecret), now),
    notAfter: new Date(now.getTime() + lifetimeDays * 86_400_000),
  };
  if (dir === undefined) return open(state);
  // Another process may have been first: then its state counts, for both.
  return open(writeState(dir, state, found !== undefined));
}

function open(state: StoredRoot): DevelopmentRoot {
  return {
    sha256: createHash("sha256").update(state.certificates.root).digest("hex"),
    certificates: state.certificates,
    notAfter: state.notAfter,
    chipId: chipIdOf(state.chipSecret),
    chipSecret: state.chipSecret,
    signingKey: createPrivateKey({ key: Buffer.from(state.keys.vek), format: "der", type: "pkcs8" }),
    async revocationList(serials, now = new Date()) {
      const { privateKey } = await importPair(state.keys.ark, rsaPss);
      return issueRevocationList(privateKey, serials, now);
    },
  };
}

function chipIdOf(chipSecret: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha512").update("apoc-dev-chip-id-v1\0").update(chipSecret).digest());
}

async function exportKey({ privateKey }: CryptoKeyPair): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
}

async function importChainKeys({ keys }: StoredRoot): Promise<ChainKeys> {
  const ec = { name: "ECDSA", namedCurve: "P-384" };
  const [ark, ask, vek] = await Promise.all([
    importPair(keys.ark, rsaPss),
    importPair(keys.ask, rsaPss),
    importPair(keys.vek, ec),
  ]);
  return { ark, ask, vek };
}

async function importPair(
  pkcs8: Uint8Array,
  algorithm: RsaHashedImportParams | EcKeyImportParams,
): Promise<CryptoKeyPair> {
  const privateKey = await crypto.subtle.importKey("pkcs8", Uint8Array.from(pkcs8), algorithm, true, [
    "sign",
  ]);
  const { kty, n, e, crv, x, y } = await crypto.subtle.exportKey("jwk", privateKey);
  const publicJwk = kty === "RSA" ? { kty, n: n!, e: e! } : { kty: kty!, crv: crv!, x: x!, y: y! };
  return {
    privateKey,
    publicKey: await crypto.subtle.importKey("jwk", publicJwk, algorithm, true, ["verify"]),
  };
}
