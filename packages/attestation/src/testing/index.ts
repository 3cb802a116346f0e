// Not published. Platforms and services that tests of several packages use, and the parsers of foreign bytes, which the
// fuzzers call one by one.
export { readHclReport } from "../azure/hcl-report.ts";
export { readRuntimeData } from "../azure/runtime-data.ts";
export { readTpmQuote } from "../azure/tpm-quote.ts";
export { splitSigned } from "../collateral/intel-pcs.ts";
export { clearMemos } from "../memo.ts";
export { readVekExtensions } from "../snp/vek-extensions.ts";
export { LayoutError } from "../tdx/byte-reader.ts";
export { parseDocument, type ParsedDocument, readQeIdentity, readTcbInfo } from "../tdx/collateral.ts";
export { replayEventLog } from "../tdx/event-log.ts";
export { readPckExtension } from "../tdx/pck-extension.ts";
export { readQuote } from "../tdx/quote.ts";
export { authorityOf, type Certificate, parseCertificate } from "../x509/certificate.ts";
export { readEcdsaSignature } from "../x509/ecdsa.ts";
export { parseRevocationList } from "../x509/revocation-list.ts";
export { azureMachine, hclReport } from "./azure.ts";
export { type Reply, serveCollateral } from "./collateral-server.ts";
export { vectors as developmentVectors } from "./development.ts";
