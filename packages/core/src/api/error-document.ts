import type { ErrorCode, ErrorDocument, ExitKind } from "@apoc/errors";
import { z } from "zod";

const kinds = [
  "unexpected",
  "usage",
  "verification",
  "wallet",
  "payment",
  "refused",
  "network",
  "pending",
  "declined",
] as const satisfies readonly ExitKind[];

/** Text of a peer: cut to a length, and without what moves a cursor or turns the direction of writing. */
export const peerText = (limit: number) =>
  z.string().transform((text) => text.slice(0, limit).replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd"));

/** A hint is shown as the command to run next, and so is nobody's to choose but ours: other commands are left out. */
const hint = peerText(512).transform((text) =>
  /^apoc [a-z][A-Za-z0-9 .:/@=_<>-]*$/.test(text) ? text : undefined,
);

/** The error that a provider answers or gives as a reason: its texts are a stranger's. */
export const errorDocumentSchema = z
  .object({
    code: z
      .string()
      .regex(/^APOC-\d{4}$/)
      .transform((text) => text as ErrorCode),
    name: peerText(128).default(""),
    title: peerText(512),
    exit: z.enum(kinds).catch("refused"),
    field: peerText(1024).optional(),
    expected: peerText(4096).optional(),
    actual: peerText(4096).optional(),
    hint: hint.optional(),
    detail: peerText(4096).optional(),
    docs: peerText(256).default(""),
  })
  .transform(
    (document) =>
      Object.fromEntries(
        Object.entries(document).filter(([, value]) => value !== undefined),
      ) as unknown as ErrorDocument,
  );
