/** What the data of commands and groups is made of. Help loads every module that imports this: nothing heavy comes with it. */
export type * from "./command.ts";
export * from "./define.ts";
export type * from "./input.ts";
export type * from "./specs.ts";
export { parseDuration } from "../values/duration.ts";
export { parseListing } from "../values/listing.ts";
export { parseNonce } from "../values/nonce.ts";
