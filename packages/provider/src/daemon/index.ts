export { pricesFrom, readTokenDecimals } from "./provider-prices.ts";
export { type RunningProvider, startProvider, type StartOptions } from "./start-provider.ts";
