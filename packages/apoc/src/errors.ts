import { defineErrors } from "@apoc/errors";

/** Errors of the `apoc` program itself: 9500 and up of the command line's range. */
export const apocErrors = defineErrors("cli", {
  LISTEN_INVALID: [9501, "usage", "The address to listen on is not valid"],
  LISTEN_PUBLIC: [9502, "usage", "This server has no protection and listens on loopback only"],
  CHAIN_ENDED: [9505, "unexpected", "The development chain ended unexpectedly"],
});
