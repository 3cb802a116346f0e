import { defineCommand } from "@apoc/terminal/command";

/** `apoc tee serve` */
export const command = defineCommand({
  description: `
Issues attestation reports of the real structure under its own root. It protects nothing: whoever runs it reads
everything. Only a trust policy that says \`development: true\` and names the root's fingerprint accepts it; such a
policy is written to trust-policy.yaml in the folder. Ends on Ctrl-C.`,
  options: {
    dir: { flags: "--dir <dir>", description: "folder of the root; default: tee in the data folder" },
    socket: { flags: "--socket <path>", description: "unix socket; default: tee.sock in the folder" },
  },
  examples: [{ text: "Keep the root in a folder", command: "apoc tee serve --dir tee" }],
  server: true,
  run: () => import("./serve.run.ts"),
});
