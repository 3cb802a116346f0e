import { defineCommand } from "@apoc/terminal/command";
import { parsePlatform } from "../../image/parse-platform.ts";

/** `apoc image copy` */
export const command = defineCommand({
  description:
    "Copies an image with everything it consists of, and all images of an index unless a platform is named. What the\n" +
    "destination has is not sent again; every byte is verified. The digest stays.",
  args: {
    source: { syntax: "<source>", description: "source image" },
    destination: { syntax: "<destination>", description: "destination" },
  },
  options: {
    platform: {
      flags: "--platform <os/arch>",
      description: "only this image of an index",
      parse: parsePlatform,
    },
    referrers: {
      flags: "--referrers",
      description: "also what refers to the image, such as signatures and grants",
    },
  },
  examples: [
    {
      text: "Push a saved image to a registry",
      command: "apoc image copy docker-archive:app.tar docker://registry.example/app:1",
    },
    {
      text: "Keep an image of a registry as one file",
      command: "apoc image copy docker://registry.example/app:1 oci-archive:app.tar:1",
    },
  ],
  run: () => import("./copy.run.ts"),
});
