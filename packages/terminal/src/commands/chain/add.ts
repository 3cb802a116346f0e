import { defineCommand } from "../../command/index.ts";
import { parseAddress } from "../../values/address.ts";

/** `apoc chain add` */
export const command = defineCommand({
  description:
    "The first network becomes the default one. The endpoint is not contacted: see `apoc chain status`.",
  args: { name: { syntax: "<name>", description: "name of the network" } },
  options: {
    chain: { flags: "--chain <caip2>", description: "chain, such as eip155:31337", required: true },
    rpc: {
      flags: "--rpc <url>",
      description: "RPC endpoint; the first that answers is used",
      multiple: true,
      required: true,
    },
    paymentChannel: {
      flags: "--payment-channel <address>",
      description: "address of the payment channel contract",
      parse: parseAddress,
    },
    marketplace: {
      flags: "--marketplace <address>",
      description: "address of the marketplace contract",
      parse: parseAddress,
    },
    token: {
      flags: "--token <address>",
      description: "address of the ERC-20 token that funds channels",
      parse: parseAddress,
    },
    confirmations: {
      flags: "--confirmations <n>",
      description: "blocks until a transaction is final; default 1",
      parse: parseCount,
    },
    replace: { flags: "--replace", description: "replace a network of the same name" },
  },
  examples: [
    {
      text: "Add a local chain",
      command: "apoc chain add local --chain eip155:31337 --rpc http://127.0.0.1:8545",
    },
  ],
  run: () => import("./add.run.ts"),
});

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new RangeError("expected a number from 1 to 999");
  return Number(text);
}
