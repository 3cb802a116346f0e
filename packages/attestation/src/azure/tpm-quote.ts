import { ByteReader, LayoutError } from "../tdx/byte-reader.ts";

/** Maximum number of bytes of a TPMS_ATTEST. */
export const tpmMessageLimit = 1024;
/** PCRs of a bank. */
export const pcrCount = 24;
const generated = 0xff544347; // TPM_GENERATED_VALUE
const attestQuote = 0x8018; // TPM_ST_ATTEST_QUOTE
const sha256Id = 0x000b; // TPM_ALG_SHA256

/** What a TPM signs (TPM 2.0 Library, part 2, TPMS_ATTEST with TPMS_QUOTE_INFO). */
export interface TpmQuote {
  /** What the caller of TPM2_Quote gave to be signed along. */
  readonly extraData: Uint8Array<ArrayBuffer>;
  /** SHA-256 over the values of PCR 0 to 23 of the SHA-256 bank, in this order. */
  readonly pcrDigest: Uint8Array<ArrayBuffer>;
  readonly resetCount: number;
  readonly restartCount: number;
}

/**
 * Reads the attest structure of a quote over all 24 PCRs of the SHA-256 bank, big-endian, without bytes after its end.
 * A quote over fewer PCRs is refused: what is not quoted could be anything. Throws `LayoutError`.
 */
export function readTpmQuote(message: Uint8Array): TpmQuote {
  if (message.length > tpmMessageLimit) throw new LayoutError("the TPM quote is too large");
  const reader = new ByteReader(Uint8Array.from(message));
  const u16 = () => number(reader.take(2));
  const u32 = () => number(reader.take(4));
  const sized = () => reader.take(u16());
  if (u32() !== generated) throw new LayoutError("not made by a TPM");
  if (u16() !== attestQuote) throw new LayoutError("another kind of attestation");
  sized(); // qualifiedSigner: the name of the key, which the hardware report vouches for
  const extraData = sized();
  reader.take(8); // clock
  const [resetCount, restartCount] = [u32(), u32()];
  reader.take(1 + 8); // whether the clock is safe; firmware version
  if (u32() !== 1) throw new LayoutError("not one bank of PCRs");
  if (u16() !== sha256Id) throw new LayoutError("another bank than SHA-256");
  const selection = reader.take(reader.u8());
  if (selection.length !== pcrCount / 8 || selection.some((byte) => byte !== 0xff))
    throw new LayoutError("not all 24 PCRs");
  const pcrDigest = sized();
  reader.end();
  return { extraData, pcrDigest, resetCount, restartCount };
}

function number(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
