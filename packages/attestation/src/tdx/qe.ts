import { sha256 } from "@noble/hashes/sha2.js";
import { equalBytes, toHex } from "@apoc/encoding";
import { type Checklist, demand } from "../checklist.ts";
import { importP256Key, verifyEcdsaSha256 } from "../x509/ecdsa.ts";
import type { ChainKeys } from "./chain.ts";
import type { TdxQuote } from "./quote.ts";

/** The checks QE_REPORT_SIGNATURE to QUOTE_SIGNATURE: from the PCK to the body of the quote. */
export async function checkQuoteSignatures(
  checks: Checklist,
  quote: TdxQuote | undefined,
  keys: ChainKeys | undefined,
): Promise<void> {
  await checks.check(
    "QE_REPORT_SIGNATURE",
    quote &&
      keys &&
      (async () =>
        demand(
          await verifyEcdsaSha256(keys.pck, quote.qeReportSignature, quote.qeReport.raw),
          "a signature of the PCK",
          "a signature that does not hold",
        )),
  );
  await checks.check(
    "QE_REPORT_DATA",
    quote &&
      (() => {
        const expected = new Uint8Array(64);
        const hash = sha256.create().update(quote.attestationKey).update(quote.qeAuthentication);
        expected.set(hash.digest());
        const { reportData } = quote.qeReport;
        if (equalBytes(reportData, expected)) return undefined;
        return { expected: toHex(expected), actual: toHex(reportData) };
      }),
  );
  await checks.check(
    "QUOTE_SIGNATURE",
    quote &&
      (async () => {
        const key = await importP256Key(Uint8Array.from([4, ...quote.attestationKey]));
        const holds = await verifyEcdsaSha256(key, quote.signature, quote.signed);
        return demand(holds, "a signature of the attestation key", "a signature that does not hold");
      }),
  );
}
