import { defineGroup } from "@apoc/terminal/command";

/** `apoc wallet` */
export const group = defineGroup({
  summary: "Keys of this user",
  description: `
A wallet is an Ethereum keystore file (version 3) in the configuration folder; other Ethereum tools read it.
The first wallet becomes the default one.`,
  commands: {
    new: { summary: "Make a wallet with a new key", load: () => import("./new.ts") },
    import: { summary: "Make a wallet of an existing key or keystore", load: () => import("./import.ts") },
    list: { summary: "List the wallets", load: () => import("./list.ts") },
    use: { summary: "Make a wallet the default", load: () => import("./use.ts") },
    address: { summary: "Print the address of the wallet", load: () => import("./address.ts") },
    balance: { summary: "Show Ether and tokens of an address", load: () => import("./balance.ts") },
  },
});
