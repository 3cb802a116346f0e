import type { LoadedPod } from "@apoc/core";
import type { WantedOffer } from "./choose-offers.ts";

/** What a publisher decides about a deployment. */
export interface DeployRequest {
  readonly pod: LoadedPod;
  /** URL of the provider. */
  readonly provider: string;
  /** Seconds that the deposit lasts. */
  readonly seconds: number;
  /** Offers to take instead of the cheapest. */
  readonly offers?: readonly WantedOffer[];
}
