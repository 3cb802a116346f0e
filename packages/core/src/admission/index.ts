export * from "./admission.ts";
export { type Admitted, admit, assess } from "./admit.ts";
export * from "./check-names.ts";
export * from "./images.ts";
export { checkRequest, type RequestSubject } from "./request.ts";
export { readImageLicense } from "./license.ts";
