/** Processor generations whose roots are built in. Genoa stands for Bergamo and Siena too. */
export const products = ["Milan", "Genoa", "Turin"] as const;
export type Product = (typeof products)[number];

/** CPUID of a processor as a version 3 report states it. */
export interface Cpuid {
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
}

/** Product of a processor, or `undefined` for one that is not known. */
export function productOfCpuid({ family, model }: Cpuid): Product | undefined {
  if (family === 0x19 && model <= 0x0f) return "Milan";
  if (family === 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf)))
    return "Genoa";
  if (family === 0x1a && model <= 0x11) return "Turin";
  return undefined;
}

/** Product of a name in an endorsement key certificate: `Genoa`, or with a stepping, `Milan-B0`. */
export function productOfName(name: string): Product | undefined {
  const match = /^([A-Za-z]+)(?:-[A-Z][0-9])?$/.exec(name);
  return products.find((product) => product === match?.[1]);
}
