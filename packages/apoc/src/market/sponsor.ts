import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc market sponsor` */
export const command = defineCommand({
  description:
    "Sponsored listings are ordered by the sum of their funded bids. Your bid is paid per second from what you add, ends\n" +
    "exactly when that is used up, and can be ended at any time. Run the command again to change the rate, add funds, or\n" +
    "both.",
  args: { listing: { syntax: "<number>", description: "any listing", parse: parseListing } },
  options: {
    perDay: { flags: "--per-day <amount>", description: "tokens per day", required: true },
    add: { flags: "--add <amount>", description: "tokens to add to the funds of the bid", default: "0" },
  },
  examples: [{ text: "For thirty days", command: "apoc market sponsor 7 --per-day 1.5 --add 45" }],
  run: () => import("./sponsor.run.ts"),
});
