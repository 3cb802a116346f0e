import { defineGroup } from "@apoc/terminal/command";
import { chainEntry, walletEntry } from "@apoc/terminal/user-commands";

/** Everything that `apoc` can do. Nothing is loaded before it is used. */
export const group = defineGroup({
  summary: "A marketplace for software that runs on other people's confidential computers",
  description: `
Developers publish encrypted images and decide which providers may run them; publishers deploy pods of
licensed and own images; providers run pods inside a TEE. One payment channel pays them all.`,
  commands: {
    dev: {
      summary: "Publish encrypted images, grant them to providers, and get paid",
      load: () => import("@apoc/developer"),
    },
    image: {
      summary: "Inspect, copy, encrypt and decrypt images",
      load: () => import("@apoc/developer/image"),
    },
    pod: {
      summary: "Deploy pods of licensed images and your own, and pay for them",
      load: () => import("@apoc/publisher"),
    },
    provider: {
      summary: "Run pods inside a TEE and get paid for them",
      load: () => import("@apoc/provider"),
    },
    market: {
      summary: "Browse apps and providers, and sponsor listings",
      load: () => import("./market/group.ts"),
    },
    attestation: {
      summary: "Verify and explain evidence, and write trust policies",
      load: () => import("./attestation/group.ts"),
    },
    wallet: walletEntry,
    chain: { ...chainEntry, load: () => import("./chain/group.ts") },
    registry: { summary: "Run a local OCI registry", load: () => import("./registry/group.ts") },
    tee: { summary: "Run a development TEE, without protection", load: () => import("./tee/group.ts") },
    demo: { summary: "Run the whole story on this machine", load: () => import("./demo/demo.ts") },
    doctor: {
      summary: "Check that this machine is ready",
      load: () => import("./doctor/doctor.ts"),
    },
  },
  examples: [
    { text: "Check this machine", command: "apoc doctor" },
    {
      text: "Publish a saved image under a license",
      command: "apoc dev publish app.tar --to localhost:5000/app:1 --license license.yaml",
    },
    { text: "Deploy a pod", command: "apoc pod deploy pod.yaml --provider http://127.0.0.1:8443" },
  ],
});
