import { products } from "@apoc/attestation/products";
import { defineCommand } from "@apoc/terminal/command";
import { collateralOptions } from "./collateral-options.ts";
import { parseMoment } from "./moment.ts";

const authorities = ["platform", "processor"] as const;

/** `apoc attestation collateral` */
export const command = defineCommand({
  description: `
Fetches the collateral that verification needs, and keeps it in a folder: for the machines of some evidence, or for a processor of
AMD (--product) or a platform family of Intel (--fmspc, in the evidence as \`explain\` shows it) of which there is none yet.
Everything is fetched again. With the folder, \`verify --offline --collateral\` needs no network. With --offline, it only
says whether all is there and valid at --at.`,
  args: { evidence: { syntax: "[evidence...]", description: "files of evidence" } },
  options: {
    product: { flags: "--product <name>", description: "AMD processor", choices: products },
    vlek: { flags: "--vlek", description: "with --product: for a cloud provider's keys, not those of chips" },
    fmspc: { flags: "--fmspc <hex>", description: "Intel platform family, 12 digits" },
    authority: {
      flags: "--authority <name>",
      description: "with --fmspc: the CA that certified the platform",
      choices: authorities,
      default: "platform",
    },
    at: {
      flags: "--at <date>",
      description: "time at which everything must be valid; default: now",
      parse: parseMoment,
    },
    ...collateralOptions,
  },
  examples: [
    {
      text: "Prepare for offline verification",
      command: "apoc attestation collateral evidence.json --collateral dir",
    },
    {
      text: "For every Genoa processor",
      command: "apoc attestation collateral --product Genoa --collateral dir",
    },
  ],
  run: () => import("./collateral.run.ts"),
});
