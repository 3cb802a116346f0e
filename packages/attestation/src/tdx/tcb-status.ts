/** Statuses of a TDX TCB, as Intel names them (PCS, TCB info version 3). */
export const tcbStatuses = [
  "UpToDate",
  "SWHardeningNeeded",
  "ConfigurationNeeded",
  "ConfigurationAndSWHardeningNeeded",
  "OutOfDate",
  "OutOfDateConfigurationNeeded",
  "Revoked",
  "TDRelaunchAdvised",
  "TDRelaunchAdvisedConfigurationNeeded",
] as const;
export type TcbStatus = (typeof tcbStatuses)[number];

/** What a status says, one statement each. */
export interface TcbShortcomings {
  readonly revoked: boolean;
  readonly outOfDate: boolean;
  readonly relaunch: boolean;
  readonly configuration: boolean;
  readonly hardening: boolean;
}

/** Takes a status apart. */
export function shortcomings(status: TcbStatus): TcbShortcomings {
  return {
    revoked: status === "Revoked",
    outOfDate: status.startsWith("OutOfDate"),
    relaunch: status.startsWith("TDRelaunchAdvised"),
    configuration: status.includes("Configuration"),
    hardening: status.includes("SWHardening"),
  };
}

/**
 * The status of all parts together. No part can mask another: what one lacks, the whole lacks. This is Intel's
 * convergence (out of date beside configuration needed is both; out of date covers hardening; revoked wins), for every
 * pair of statuses.
 */
export function converge(parts: readonly TcbShortcomings[]): TcbStatus {
  const any = (name: keyof TcbShortcomings) => parts.some((part) => part[name]);
  if (any("revoked")) return "Revoked";
  const configuration = any("configuration");
  if (any("outOfDate")) return configuration ? "OutOfDateConfigurationNeeded" : "OutOfDate";
  if (any("relaunch")) return configuration ? "TDRelaunchAdvisedConfigurationNeeded" : "TDRelaunchAdvised";
  if (configuration) return any("hardening") ? "ConfigurationAndSWHardeningNeeded" : "ConfigurationNeeded";
  return any("hardening") ? "SWHardeningNeeded" : "UpToDate";
}
