/**
 * Everything that an error can advise, with what its subject is. Errors name the action only: a command line renders it
 * as a command (`@apoc/terminal`), a web page as a link or a button.
 */
export const nextActions = {
  // Only command lines give these three: their subject is text of a command line.
  run: "run the command; subject: the command",
  "give-option": "repeat the command with an option; subject: the option",
  confirm: "repeat the call with confirmation given",

  "decompress-gzip": "decompress the gzip file; subject: its path",
  "decompress-zstd": "decompress the zstd file; subject: its path",
  "decompress-xz": "decompress the xz file; subject: its path",
  "convert-cid": "convert to a CID of version 1 in base32; subject: the CID",
  "start-ipfs-node": "start the IPFS node of this machine",
  "log-in-registry": "log in to the registry; subject: its host",
  "choose-platform": "select a platform of the image; subject: os/architecture",

  "extract-public-key": "extract the public key of the certificate",
  "remove-passphrase": "decrypt the private key file",
  "give-passphrase": "give the passphrase of the private key file",
  "convert-key": "encrypt the private key file with PBES2",
  "decrypt-elsewhere": "decrypt the image with a tool that has the keys; subject: the keys",

  "create-wallet": "create a wallet; subject: its name",
  "list-wallets": "list the wallets",
  "choose-wallet": "act with another wallet",
  "give-password": "give the password of the wallet",
  "show-balance": "compare with the balance of the wallet",
  "add-chain": "configure a chain",
  "list-chains": "list the configured chains",
  "check-chain": "check the chain and its endpoint",
  "configure-contracts": "configure the addresses of the contracts",
  "set-trust-policy": "configure a trust policy",
  "list-listings": "list the listings; subject: their kind",

  "publish-image": "publish the image",
  "attest-provider": "attest the provider; subject: its address",
  "grant-image": "grant the image to the provider; subject: the image",
  "list-keys": "list the image keys",
  "show-earnings": "show the earnings",

  "fund-channel": "add funds to the channel; subject: its id",
  "raise-limit": "raise the spending limit; subject: the least sufficient amount, in whole tokens",
  "pay-longer": "pay for a longer time; subject: the least sufficient time",
  "set-secret": "give the value of the secret; subject: its name",
  "list-pods": "list the pods",
  "update-pod": "update the pod; subject: its name",
  "close-pod": "close the pod; subject: its name",

  "create-provider-config": "create the configuration of the provider; subject: its path",
  "check-provider-config": "check the configuration of the provider; subject: its path",
  "start-engine": "start a container engine",
  "load-tee-drivers": "load the TEE drivers and mount configfs",
  "start-development-tee": "start the development TEE",

  "install-busybox": "install a static busybox",
  "install-dependencies": "install the dependencies of the checkout",
  "unset-variable": "unset the environment variable; subject: its name",
  "choose-other-file": "choose another file name, or remove the file; subject: its path",
  "remove-file": "remove the file; subject: its path",
} as const satisfies Readonly<Record<string, string>>;

/** Name of an action that an error advises; {@link nextActions} says what each means. */
export type NextAction = keyof typeof nextActions;

/** What to do about an error. `subject` is the name or value that the action is about; see {@link nextActions}. */
export interface NextStep {
  readonly action: NextAction;
  readonly subject?: string | undefined;
}

/** Reads a step from the wire. Unknown actions and shapes give `undefined`. */
export function parseNextStep(value: unknown): NextStep | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { action, subject } = value as Partial<NextStep>;
  if (typeof action !== "string" || !Object.hasOwn(nextActions, action)) return undefined;
  if (subject === undefined) return { action };
  return typeof subject === "string" ? { action, subject } : undefined;
}
