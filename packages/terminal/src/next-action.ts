import type { NextAction, NextStep } from "@apoc/errors";
import { shellWord } from "./flags.ts";

/**
 * What to type for each action. Subjects arrive as a shell reads them back: they may be texts of others. The subjects of
 * `run` and `give-option` are written by command lines only and stay as they are.
 */
const commandLines: Readonly<Record<NextAction, (subject: string | undefined) => string>> = {
  run: (command = "") => command,
  "give-option": (option = "") => `give the command ${option}`,
  confirm: () => "repeat the command with --yes",

  "decompress-gzip": (file = "FILE") => `gunzip -k ${file}`,
  "decompress-zstd": (file = "FILE") => `zstd -dk ${file}`,
  "decompress-xz": (file = "FILE") => `unxz -k ${file}`,
  "convert-cid": (cid = "CID") => `ipfs cid format -v 1 -b base32 ${cid}`,
  "start-ipfs-node": () => "ipfs daemon",
  "log-in-registry": (registry = "REGISTRY") => `docker login ${registry}`,
  "choose-platform": (platform = "OS/ARCHITECTURE") => `give the command --platform ${platform}`,

  "extract-public-key": () => "openssl x509 -in CERTIFICATE -pubkey -noout -out KEY",
  "remove-passphrase": () => "openssl pkey -in KEY -out PLAIN",
  "give-passphrase": () => "give the command --passphrase-file FILE",
  "convert-key": () => "openssl pkcs8 -topk8 -in KEY -out NEW",
  "decrypt-elsewhere": (keys = "KEYS") => `skopeo copy --decryption-key ${keys} SOURCE oci:PLAIN`,

  "create-wallet": (name = "NAME") => `apoc wallet new ${name}`,
  "list-wallets": () => "apoc wallet list",
  "choose-wallet": (name = "NAME") => `give the command --wallet ${name}`,
  "give-password": () => "give the command --password-file FILE, or set APOC_PASSWORD_FILE",
  "show-balance": () => "apoc wallet balance",
  "add-chain": () => "apoc chain add local --chain eip155:31337 --rpc http://127.0.0.1:8545",
  "list-chains": () => "apoc chain list",
  "check-chain": () => "apoc chain status",
  "configure-contracts": () => "apoc chain add --help",
  "set-trust-policy": () => "give the command --policy FILE, or set trustPolicy in config.yaml",
  "list-listings": (kind = "app") => `apoc market ${kind}s`,

  "publish-image": () => "apoc dev publish --help",
  "attest-provider": (url = "<provider-url>") => `apoc dev attest ${url}`,
  "grant-image": (image = "<image>") => `apoc dev grant ${image} --provider <url>`,
  "list-keys": () => "apoc dev key list",
  "show-earnings": () => "apoc dev earnings",

  "fund-channel": (channel = "<pod>") => `apoc pod fund ${channel} <amount>`,
  "raise-limit": (amount = "AMOUNT") => `repeat the command with --yes --max-total ${amount}`,
  "pay-longer": (time = "TIME") => `give the command --for ${time}`,
  "set-secret": (name = "NAME") => `apoc pod deploy <manifest> --secret ${name}=@FILE`,
  "list-pods": () => "apoc pod list",
  "update-pod": (name = "<pod>") => `apoc pod update ${name} <pod.yaml>`,
  "close-pod": (name = "<pod>") => `apoc pod close ${name}`,

  "create-provider-config": (path = "FILE") => `apoc provider init ${path}`,
  "check-provider-config": (path = "FILE") => `apoc provider check --config ${path}`,
  "start-engine": () => "scripts/engine.sh start --install --dir .apoc/engine",
  "load-tee-drivers": () =>
    "modprobe sev-guest; modprobe tdx-guest; mount -t configfs none /sys/kernel/config",
  "start-development-tee": () => "apoc tee serve",

  "install-busybox": () => "scripts/busybox.sh .apoc/tools",
  "install-dependencies": () => "pnpm install",
  "unset-variable": (name = "NAME") => `unset ${name}`,
  "choose-other-file": () => "choose another name, or remove the file first",
  "remove-file": (path = "FILE") => `rm ${path}`,
};

/** The command line, or the change to the given one, that does what an error advises. */
export function renderNext({ action, subject }: NextStep): string {
  const literal = action === "run" || action === "give-option";
  const word = subject === undefined || literal ? subject : shellWord(subject);
  return commandLines[action](word);
}
