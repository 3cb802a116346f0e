import { defineErrors } from "@apoc/errors";

/** Errors of `apoc dev`. Numbers 9100 to 9199. */
export const developerErrors = defineErrors("cli", {
  IMAGE_ENCRYPTED: [9101, "usage", "The image is already encrypted"],
  IMAGE_STRUCTURE: [9102, "usage", "The image's layers and config do not match"],
  POLICY_OPENS_CODE: [9103, "usage", "The protection policy would allow a publisher to run other code"],
  TARGET_INVALID: [9104, "usage", "Not a destination"],
  RECIPIENT_INVALID: [9105, "usage", "Not a recipient of the image's layers"],

  KEY_UNKNOWN: [9110, "wallet", "There is no key of this image here"],
  KEY_UNREADABLE: [9111, "wallet", "The image key cannot be decrypted with this wallet"],
  KEY_FILE_INVALID: [9112, "usage", "The file of an image key is not well-formed"],
  OUTPUT_EXISTS: [9113, "usage", "The file already exists, and is not overwritten"],

  LICENSE_ABSENT: [9120, "usage", "The image has no license"],
  LICENSE_OWNER: [9121, "wallet", "The wallet is not the developer of the license"],

  RECORD_UNKNOWN: [9130, "usage", "There is no attestation record of this provider"],
  RECORD_SIGNATURE: [9131, "verification", "The attestation record is not signed by this wallet"],
  RECORD_CHAIN: [9132, "verification", "The attestation record is for a chain other than the license's"],
  UPLOAD_NEEDS_URL: [9134, "usage", "A grant is uploaded to the address of a provider, not to a record"],
  GRANT_DATE: [9135, "usage", "The end of the grant is not valid"],
  PROVIDER_KEY_UNKNOWN: [9136, "usage", "No key of this provider is known here"],
  RECORD_POLICY: [9137, "verification", "The attestation record was made under another trust policy"],
});
