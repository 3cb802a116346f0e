export * from "./license.ts";
export * from "./describe-license.ts";
export * from "./license-form.ts";
export * from "./license-hash.ts";
export { encodeLicense, parseLicense, validateLicense } from "./license-schema.ts";
