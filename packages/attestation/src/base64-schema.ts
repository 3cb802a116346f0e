import { decodeBase64 } from "@apoc/encoding";
import { z } from "zod";

/** Base64 text of so many bytes; gives the bytes. */
export const base64Schema = (min: number, max: number) =>
  z
    .string()
    .max(Math.ceil(max / 3) * 4)
    .transform((text, context) => {
      const bytes = decodeBase64(text);
      if (bytes !== undefined && bytes.length >= min && bytes.length <= max) return bytes;
      const message =
        bytes === undefined
          ? "expected base64 with padding"
          : `expected ${min} to ${max} bytes, found ${bytes.length}`;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    });
