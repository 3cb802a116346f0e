import { defineCommand } from "@apoc/terminal/command";
import { parsePlatform } from "../../image/parse-platform.ts";

/** `apoc image copy` */
export const command = defineCommand({
  description:
    "Copies a complete image, and all images of an index unless a platform is selected. What the destination already has\n" +
    "is not sent again; every byte is verified. The digest does not change.",
  args: {
    source: { syntax: "<source>", description: "source image" },
    destination: { syntax: "<destination>", description: "destination" },
  },
  options: {
    platform: {
      flags: "--platform <os/arch>",
      description: "platform to select",
      parse: parsePlatform,
    },
    referrers: {
      flags: "--referrers",
      description: "also copy referrers of the image, such as signatures and grants",
    },
  },
  examples: [
    {
      text: "Push a saved image to a registry",
      command: "apoc image copy docker-archive:app.tar docker://registry.example/app:1",
    },
    {
      text: "Save an image of a registry to one file",
      command: "apoc image copy docker://registry.example/app:1 oci-archive:app.tar:1",
    },
  ],
  run: () => import("./copy.run.ts"),
});
