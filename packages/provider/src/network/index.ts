export { createGuardedFetch, endedBy, type GuardedFetchOptions } from "./guarded-fetch.ts";
export { isPublicAddress } from "./public-address.ts";
