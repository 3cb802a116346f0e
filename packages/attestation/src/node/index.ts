/** What needs a file system. The main entry runs in a browser, too. */
export { directoryCache } from "./directory-cache.ts";
