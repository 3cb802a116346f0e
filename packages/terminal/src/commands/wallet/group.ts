import { defineGroup } from "../../command/index.ts";

/** `apoc wallet` */
export const group = defineGroup({
  summary: "Manage wallets",
  description: `
A wallet is an Ethereum keystore file (version 3) in the configuration folder; other Ethereum tools read it.
The first wallet becomes the default one.`,
  commands: {
    new: { summary: "Create a wallet with a new key", load: () => import("./new.ts") },
    import: {
      summary: "Create a wallet from an existing key or keystore",
      load: () => import("./import.ts"),
    },
    list: { summary: "List the wallets", load: () => import("./list.ts") },
    use: { summary: "Make a wallet the default", load: () => import("./use.ts") },
    address: { summary: "Print the address of the wallet", load: () => import("./address.ts") },
    balance: { summary: "Show Ether and tokens of an address", load: () => import("./balance.ts") },
  },
});
