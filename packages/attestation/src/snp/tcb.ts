import type { Product } from "./product.ts";

/** Names of the security versions in a TCB_VERSION; `fmc` exists on Turin only. */
export type TcbComponent = "fmc" | "bl" | "tee" | "snp" | "ucode";
/** Security version numbers (0 to 255) of boot loader, TEE, SNP firmware, microcode and, on Turin, FMC. */
export type Tcb = { readonly [Component in TcbComponent]?: number };

/** Meaning of the eight bytes of a TCB_VERSION, by product; `undefined` bytes are reserved and zero. */
const layouts: Record<Product, readonly (TcbComponent | undefined)[]> = {
  Milan: ["bl", "tee", undefined, undefined, undefined, undefined, "snp", "ucode"],
  Genoa: ["bl", "tee", undefined, undefined, undefined, undefined, "snp", "ucode"],
  Turin: ["fmc", "bl", "tee", "snp", undefined, undefined, undefined, "ucode"],
};

/** The components that a product has. */
export function tcbComponents(product: Product): readonly TcbComponent[] {
  return layouts[product].filter((name) => name !== undefined);
}

/** A TCB as it is read from a report: every component its product has. */
export type ReportedTcb = Tcb & { readonly [Component in Exclude<TcbComponent, "fmc">]: number };

/** Names the eight bytes of a TCB_VERSION. */
export function readTcb(bytes: Uint8Array, product: Product): ReportedTcb {
  const components = layouts[product].map((name, index) => [name, bytes[index] ?? 0] as const);
  return Object.fromEntries(components.filter(([name]) => name !== undefined)) as ReportedTcb;
}

/** Whether the reserved bytes of a TCB_VERSION are zero. */
export function tcbReservedZero(bytes: Uint8Array, product: Product): boolean {
  return layouts[product].every((name, index) => name !== undefined || bytes[index] === 0);
}

/** Whether each component of the first is at least that of the second. Never compare TCB versions as one number. */
export function tcbAtLeast(tcb: Tcb, minimum: Tcb): boolean {
  return (Object.keys(minimum) as TcbComponent[]).every((name) => (tcb[name] ?? 0) >= (minimum[name] ?? 0));
}

/** Text of a TCB for findings: `bl=10 tee=0 snp=25 ucode=84`. */
export function tcbText(tcb: Tcb): string {
  return Object.entries(tcb)
    .map(([name, value]) => `${name}=${value}`)
    .join(" ");
}
