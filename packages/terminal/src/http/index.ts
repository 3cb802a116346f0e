export { pinnedConnection as createPinnedFetch } from "@apoc/client/node";
