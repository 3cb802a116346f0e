/**
 * What the command line programs share. This entry loads nothing heavy, since every group's module imports it:
 * wallets, chain access and HTTP are `@apoc/terminal/wallet`, `/chain` and `/http`, for command modules only.
 */
export * from "./command.ts";
export type { Config, NetworkConfig } from "./config/config.ts";
export { type IpfsSettings, ipfsSettings } from "./config/ipfs.ts";
export type { ConfigStore } from "./config/store.ts";
export type { Context } from "./context.ts";
export * from "./environment.ts";
export * from "./errors.ts";
export * from "./exit-codes.ts";
export { type Flags, parseDuration, shellWord } from "./flags.ts";
export { readFileIfThere, writeFileAtomic, writeNewFile } from "./files/atomic-file.ts";
export * from "./io.ts";
export type { Output, TextTools } from "./output.ts";
export { renderNext } from "./next-action.ts";
export { codedError, renderError } from "./render-error.ts";
export { parseListing } from "./parse-listing.ts";
export type { Progress } from "./progress.ts";
export type { Column } from "./table.ts";
export type { Ui } from "./ui.ts";
