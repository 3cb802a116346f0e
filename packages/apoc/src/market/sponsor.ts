import { defineCommand, parseListing } from "@apoc/terminal/command";

/** `apoc market sponsor` */
export const command = defineCommand({
  description:
    "A listing's place among the sponsored ones follows from the sum of its bids whose funds last. Your bid is paid by the\n" +
    "second from what you add, ends exactly when that is used up, and can be ended at any time. Given again, the command\n" +
    "changes the rate, adds funds, or both.",
  args: { listing: { syntax: "<number>", description: "any listing", parse: parseListing } },
  options: {
    perDay: { flags: "--per-day <amount>", description: "tokens a day", required: true },
    add: { flags: "--add <amount>", description: "tokens to add to the funds of the bid", default: "0" },
  },
  examples: [{ text: "For thirty days", command: "apoc market sponsor 7 --per-day 1.5 --add 45" }],
  run: () => import("./sponsor.run.ts"),
});
