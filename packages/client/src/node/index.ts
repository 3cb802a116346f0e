/** What needs Node: records in files, connections that pin TLS keys. The main entry also runs in a browser. */
export { deploymentFiles } from "./deployment-files.ts";
export { type NodePortOptions, nodePorts } from "./node-ports.ts";
export { type ClientOptions, openClient } from "./open-client.ts";
export { sessionKeyFiles } from "./session-key-files.ts";
export { pinnedConnection, type PinnedConnectionOptions } from "./pinned-connection.ts";
