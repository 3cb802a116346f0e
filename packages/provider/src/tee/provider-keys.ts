import type { Attester } from "./attester.ts";
import type { KeyBinding } from "./derived-keys.ts";
import { createHpkeKey, type HpkeKey } from "./hpke-key.ts";
import { type MeterKey, meterKeyOf } from "./meter-key.ts";
import { type WrappingKey, wrappingKeyOf } from "./wrapping-key.ts";

/** The keys that this provider's evidence binds, but for the one of its TLS endpoint. */
export interface ProviderKeys {
  readonly wrapping: WrappingKey;
  readonly meter: MeterKey;
  readonly hpke: HpkeKey;
}

/** Derives the keys that outlive a restart from the TEE, and makes those that do not. @throws ATTESTER_UNREACHABLE, ATTESTER_ANSWER */
export async function createProviderKeys(attester: Attester, binding: KeyBinding): Promise<ProviderKeys> {
  const derivedKey = await attester.deriveKey();
  const wrapping = await wrappingKeyOf(derivedKey, binding);
  const meter = meterKeyOf(derivedKey, binding);
  derivedKey.fill(0);
  return { wrapping, meter, hpke: await createHpkeKey() };
}
