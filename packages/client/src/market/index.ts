export { browseMarket, type MarketEntry, type MarketView, type SponsoredEntry } from "./browse.ts";
export { retireListing } from "./retire.ts";
export { executeSponsor, planSponsor, type SponsorPlan, type Sponsorship, unsponsor } from "./sponsor.ts";
