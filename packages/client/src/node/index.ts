/** What needs Node: connections that pin TLS keys. The main entry runs in a browser, too. */
export { pinnedConnection, type PinnedConnectionOptions } from "./pinned-connection.ts";
