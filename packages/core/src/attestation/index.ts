export { pullRecord, pushRecord, recordMediaType, recordTag } from "./record-artifact.ts";
export {
  parseSignedRecord,
  recordSigner,
  type SignedRecord,
  signedRecordLimit,
  signRecord,
} from "./signed-record.ts";
