/**
 * What the run modules of the command line programs share. The data of commands and groups comes from
 * `@apoc/terminal/command`; wallets, chain access and attestation are `@apoc/terminal/wallet`, `/chain` and `/attestation`.
 */
export type * from "./command/index.ts";
export type { Config, NetworkConfig } from "./config/config.ts";
export { type IpfsSettings, ipfsSettings } from "./config/ipfs.ts";
export type { ConfigStore } from "./config/store.ts";
export type { Context } from "./context.ts";
export * from "./environment.ts";
export * from "./errors.ts";
export * from "./exit-codes.ts";
export { type Flags, shellWord } from "./flags.ts";
export * from "./io.ts";
export type { Output, TextTools } from "./output.ts";
export { renderNext } from "./next-action.ts";
export { codedError, renderError } from "./render-error.ts";
export type { Progress } from "./progress.ts";
export type { Column } from "./table.ts";
export type { Ui } from "./ui.ts";
