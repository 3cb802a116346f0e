export * from "./admission.ts";
export { admit, assess } from "./admit.ts";
export { checkRequest, type RequestSubject } from "./request.ts";
export { readImageLicense } from "./license.ts";
export { contentOf, protectedBy } from "./reuse.ts";
