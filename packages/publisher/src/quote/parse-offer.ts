import { clientErrors, type WantedOffer } from "@apoc/client";
import { ApocError } from "@apoc/errors";

/** Reads `CONTAINER=INDEX`. Throws OFFER_UNKNOWN. */
export function parseOffer(text: string): WantedOffer {
  const match = /^(.+)=(\d{1,2})$/.exec(text);
  if (match !== null) return { name: match[1] ?? "", index: Number(match[2]) };
  throw new ApocError(clientErrors.OFFER_UNKNOWN, {
    field: "--offer",
    expected: "CONTAINER=INDEX of a licensed image",
    actual: text,
  });
}
