export { createPinnedFetch, type PinnedFetch, type PinnedFetchOptions } from "./pinned-fetch.ts";
