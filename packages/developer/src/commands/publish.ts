import { defineCommand } from "@apoc/terminal/command";
import { parsePlatform } from "../image/parse-platform.ts";

/** `apoc dev publish`: docs/spec/image.md. */
export const command = defineCommand({
  description:
    "Encrypts every layer as containers/ocicrypt does, with a fresh key pair for the image, puts the license into the\n" +
    "manifest, and pushes it to a registry, to IPFS through a Kubo node, or to an archive for IPFS (CAR). The printed\n" +
    "digest is the identity of the image: grants and payments name it.\n" +
    "The image key stays on this machine, encrypted with your wallet.",
  args: {
    image: {
      syntax: "<image>",
      description: "OCI layout folder, OCI or docker archive, docker://reference, ipfs://CID or car:FILE",
    },
  },
  options: {
    to: {
      flags: "--to <ref>",
      description: "registry/repository:tag to push to, ipfs[:tag], or car:FILE[:tag]",
      required: true,
    },
    license: { flags: "--license <file>", description: "license.yaml: offers and policy", required: true },
    platform: {
      flags: "--platform <os/arch>",
      description: "platform to select",
      default: "linux/amd64",
      parse: parsePlatform,
    },
    ipfsApi: {
      flags: "--ipfs-api <url>",
      description: "RPC of the Kubo node to publish to, instead of the configured one",
      env: "APOC_IPFS_API",
      parse: parseHttpUrl,
    },
    recipient: {
      flags: "--recipient <jwe:FILE>",
      description: "additional recipient, e.g. for escrow",
      multiple: true,
    },
  },
  examples: [
    {
      text: "Publish a saved image",
      command: "apoc dev publish app.tar --to registry.example/acme/app:1 --license license.yaml",
    },
    {
      text: "Publish it to IPFS",
      command: "apoc dev publish app.tar --to ipfs:1 --license license.yaml",
    },
  ],
  run: () => import("./publish.run.ts"),
});

/** Throws RangeError, which the command line shows as a usage error. */
function parseHttpUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? "")) return text;
  throw new RangeError("expected an http or https URL such as http://127.0.0.1:5001");
}
