import { parseQuote, readReport, verifySnp, verifyTdx } from "@apoc/attestation";
import { fromHex, toHex } from "@apoc/encoding";
import { describe, expect } from "vitest";
import { snpFlipCases, tdxFlipCases } from "./flip.ts";
import { readSnpCase, snpCaseReference } from "./snp-case.ts";
import { readTdxCase, tdxCaseReference } from "./tdx-case.ts";
import { vectorTest } from "./vector-test.ts";
import { cases, folder } from "./vectors.ts";

// Orders of the groups (SEC 2, version 2.0, sections 2.4.2 and 2.5.1).
const p256 = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const p384 =
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n;

const negated = (s: Uint8Array, order: bigint) =>
  fromHex((order - BigInt(`0x${toHex(s)}`)).toString(16).padStart(2 * s.length, "0"));

/**
 * What docs/attestation.md says of signatures: whoever holds evidence can write it in another way that proves the same.
 * Should a verifier ever refuse one of the two forms, genuine evidence would be refused, for signers choose neither.
 */
describe("evidence with (r, n - s) in the place of (r, s)", () => {
  vectorTest("is the same report", ["snp/milan-v2"], async () => {
    const [genuine] = snpFlipCases(folder, cases);
    const { evidence } = readSnpCase(folder, genuine!);
    const report = Uint8Array.from(evidence.report);
    // S has 72 bytes, least significant first.
    report.set(negated(report.slice(0x2e8, 0x2e8 + 48).reverse(), p384).reverse(), 0x2e8);
    expect(report).not.toEqual(evidence.report);
    const bound = fromHex(genuine!.policy.reportData);
    const verify = (bytes: Uint8Array) =>
      verifySnp(
        { ...evidence, report: bytes },
        snpCaseReference(genuine!.policy),
        bound,
        new Date(genuine!.at),
      );
    expect(await verify(report)).toEqual(await verify(evidence.report));
    expect((await verify(report)).checks.affirming).toBe(true);
    expect(readReport(report)?.reportData).toEqual(readReport(evidence.report)?.reportData);
  });

  vectorTest("is the same quote", ["tdx/v4-phala"], async () => {
    const [phala] = tdxFlipCases(folder);
    const { evidence, root } = readTdxCase(folder, phala!);
    const { signed, signature } = parseQuote(evidence.quote);
    const quote = Uint8Array.from(evidence.quote);
    quote.set(negated(signature.slice(32), p256), signed.length + 4 + 32);
    expect(quote).not.toEqual(evidence.quote);
    const reference = tdxCaseReference(phala!.policy, root);
    const bound = fromHex(phala!.policy.reportData);
    const verify = (bytes: Uint8Array) =>
      verifyTdx({ ...evidence, quote: bytes }, reference, bound, new Date(phala!.at));
    expect(await verify(quote)).toEqual(await verify(evidence.quote));
    expect((await verify(quote)).checks.affirming).toBe(true);
  });
});
