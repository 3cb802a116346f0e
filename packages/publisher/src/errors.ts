import { defineErrors } from "@apoc/errors";

/** Errors of the command line `apoc pod`. Numbers 9200 to 9299, without those of `@apoc/client`. */
export const publisherErrors = defineErrors("cli", {
  SECRET_SYNTAX: [9203, "usage", "Not a secret"],
  MAX_TOTAL_NEEDED: [9230, "usage", "Without a terminal, a spending limit is needed"],
  OUTPUT_EXISTS: [9233, "usage", "The file already exists, and is not overwritten"],
});
