import { type Checklist, demand } from "../checklist.ts";
import { type PckChain, parseChain } from "./chain.ts";
import { readQuote, readQuoteHeader, type TdxQuote } from "./quote.ts";
import type { TdxReferenceValues } from "./reference-values.ts";

const ecdsaP256 = 2;
const tdx = 0x81;
/** Id of Intel as vendor of quoting enclaves. */
const intelVendor = "939a7233f79c4ca9940a0db3957f0607";

/** A quote and its certificates, which are of strict form. */
export interface ReadableQuote {
  readonly quote: TdxQuote;
  readonly certificates: PckChain;
}

/** The checks QUOTE_VERSION to QUOTE_LAYOUT: the quote by itself. Returns the quote if it has the layout of one. */
export async function checkStructure(
  checks: Checklist,
  bytes: Uint8Array,
  reference: TdxReferenceValues,
): Promise<ReadableQuote | undefined> {
  const header = readQuoteHeader(bytes);
  const accepted = [4, 5].filter((version) => reference.quoteVersions.includes(version));
  const known = await checks.check(
    "QUOTE_VERSION",
    header &&
      (() =>
        demand(
          accepted.includes(header.version),
          accepted.join(", ") || "no version at all",
          `${header.version}`,
        )),
  );
  await checks.check(
    "TEE_TYPE",
    header && (() => demand(header.teeType === tdx, "0x81 (TDX)", `0x${header.teeType.toString(16)}`)),
  );
  await checks.check(
    "ATT_KEY_TYPE",
    header &&
      (() =>
        demand(
          header.attestationKeyType === ecdsaP256,
          "2 (ECDSA P-256)",
          String(header.attestationKeyType),
        )),
  );
  await checks.check(
    "QE_VENDOR",
    header && (() => demand(header.qeVendor === intelVendor, intelVendor, header.qeVendor)),
  );
  let readable: ReadableQuote | undefined;
  const parse = () => {
    const quote = readQuote(bytes);
    readable = { quote, certificates: parseChain(quote) };
    return undefined;
  };
  // What a quote of another version looks like is not known; one too short for a header is no quote.
  await checks.check("QUOTE_LAYOUT", header === undefined || known ? parse : undefined);
  return readable;
}
