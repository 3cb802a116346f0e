import { ApocError } from "@apoc/errors";
import { mostScryptCost } from "@apoc/client/keystore";
import { terminalErrors } from "../errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

const defaultScryptCost = 131_072;
const leastScryptCost = 4096;

/** scrypt cost of new keystores: `$APOC_KEYSTORE_SCRYPT_N` or 131072. Throws SCRYPT_COST_INVALID. */
export function scryptCost(env: Env): number {
  const text = env["APOC_KEYSTORE_SCRYPT_N"];
  if (text === undefined || text === "") return defaultScryptCost;
  const cost = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (cost < leastScryptCost || cost > mostScryptCost || (cost & (cost - 1)) !== 0) {
    throw new ApocError(terminalErrors.SCRYPT_COST_INVALID, {
      field: "APOC_KEYSTORE_SCRYPT_N",
      expected: `a power of two from ${leastScryptCost} to ${mostScryptCost}`,
      actual: text,
    });
  }
  return cost;
}
