import { defineCommand } from "../../command/index.ts";

/** `apoc wallet import` */
export const command = defineCommand({
  description: `
The key comes from a file: 64 hex digits, or a keystore (version 3), whose old password is asked for or comes from
--old-password-file. Without a file, a terminal asks for the key without showing it.`,
  args: {
    name: { syntax: "<name>", description: "name of the wallet" },
    file: { syntax: "[file]", description: "private key in hex, or a keystore" },
  },
  options: {
    oldPasswordFile: { flags: "--old-password-file <file>", description: "password of the given keystore" },
  },
  examples: [
    { text: "Import a keystore of another tool", command: "apoc wallet import alice keystore.json" },
  ],
  run: () => import("./import.run.ts"),
});
