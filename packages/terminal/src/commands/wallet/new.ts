import { defineCommand } from "../../command/index.ts";

/** `apoc wallet new` */
export const command = defineCommand({
  description: "The key exists only in the encrypted file: back up the file and the password.",
  args: { name: { syntax: "<name>", description: "name of the wallet" } },
  examples: [
    { text: "Create a wallet, and ask for a password", command: "apoc wallet new alice" },
    { text: "In a script", command: "apoc wallet new alice --password-file password.txt" },
  ],
  run: () => import("./new.run.ts"),
});
