export * from "./abi.gen.ts";
export * from "./accrual.ts";
export * from "./channel-records.ts";
export * from "./payees-root.ts";
export * from "./quote-signature.ts";
export * from "./terms.ts";
export * from "./wire.ts";
