export { AmdKds, type AmdChain, type AmdKdsOptions, type VekKind } from "./amd-kds.ts";
export { type CollateralCache, type CollateralItem, collateralKeyPattern, memoryCache } from "./cache.ts";
export type { CollateralOptions } from "./collateral-store.ts";
export {
  type CollateralServices,
  type CollateralSubject,
  collateralSubject,
  type FetchedCollateral,
  fetchCollateral,
  quoteSubject,
} from "./collateral-subject.ts";
export { collateralForQuote, completeEvidence } from "./complete-evidence.ts";
export type { DownloadOptions, Fetch } from "./download.ts";
export { IntelPcs, type IntelPcsOptions } from "./intel-pcs.ts";
