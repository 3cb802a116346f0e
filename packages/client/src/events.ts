import type { AttestationEvent } from "./attestation/events.ts";
import type { WithdrawalEvent } from "./channel/withdrawal.ts";
import type { PodEvent } from "./pod/events.ts";

/** What a use case reports while it runs, discriminated by `type`. */
export type ClientEvent = AttestationEvent | PodEvent | WithdrawalEvent;
