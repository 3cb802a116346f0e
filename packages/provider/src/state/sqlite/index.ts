export { acquireDataFolder } from "./data-folder-lease.ts";
export { openSqliteState } from "./open-state.ts";
