/** Ethereum V3 keystores. Loads what decrypts them when that is asked for. */
export { keystoreErrors } from "../errors.ts";
export {
  decryptKeystore,
  encryptKeystore,
  type KeystoreHeader,
  mostScryptCost,
  readKeystoreHeader,
} from "./keystore.ts";
export { openKeystore } from "./open-keystore.ts";
