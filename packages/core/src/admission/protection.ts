import { ApocError } from "@apoc/errors";
import { admissionErrors } from "../errors.ts";
import { assertProtected } from "../protection/protection.ts";
import { defineCheck } from "./check.ts";

/** Check 8: nothing about a licensed container is changed but what its license lets the publisher change. */
export const protection = defineCheck({
  name: "protection",
  needs: ["license"],
  async run({ manifest }, { license: images }) {
    for (const container of manifest.containers) {
      const image = images.get(container.image);
      if (image === undefined)
        throw new ApocError(admissionErrors.IMAGE_UNAVAILABLE, { field: container.image });
      if (image.license !== undefined) assertProtected(container, image.license.policy, image.config);
    }
  },
});
