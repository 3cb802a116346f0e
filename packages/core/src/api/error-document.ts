import {
  type ErrorCode,
  type ErrorDocument,
  type ErrorKind,
  type NextAction,
  nextActions,
} from "@apoc/errors";
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
] as const satisfies readonly ErrorKind[];

/** Text of a peer: cut to a length, and without what moves a cursor or turns the direction of writing. */
export const peerText = (limit: number) =>
  z.string().transform((text) => text.slice(0, limit).replace(/[\p{Cc}\p{Cf}]/gu, "\ufffd"));

/** Actions that a provider may advise. They are shown as commands to run, so no others are shown. */
const peerActions = ["fund-channel", "grant-image", "set-secret"] as const satisfies readonly NextAction[];

/** What a provider advises; anything else than a known action is left out. */
const nextStep = z
  .object({ action: z.enum(peerActions), subject: peerText(512).optional() })
  .optional()
  .catch(undefined);

/** Form of an error as a provider writes it. */
export const errorWireSchema = z.object({
  code: z.string().regex(/^APOC-\d{4}$/),
  name: z.string(),
  title: z.string(),
  kind: z.enum(kinds),
  field: z.string().optional(),
  expected: z.string().optional(),
  actual: z.string().optional(),
  next: z
    .object({
      action: z.enum(Object.keys(nextActions) as NextAction[]),
      subject: z.string().optional(),
    })
    .optional(),
  detail: z.string().optional(),
  docs: z.string(),
});

/** The error that a provider answers or gives as a reason: its texts are a stranger's. */
export const errorDocumentSchema = z
  .object({
    code: z
      .string()
      .regex(/^APOC-\d{4}$/)
      .transform((text) => text as ErrorCode),
    name: peerText(128).default(""),
    title: peerText(512),
    kind: z.enum(kinds).catch("refused"),
    field: peerText(1024).optional(),
    expected: peerText(4096).optional(),
    actual: peerText(4096).optional(),
    next: nextStep,
    detail: peerText(4096).optional(),
    docs: peerText(256).default(""),
  })
  .transform(
    (document) =>
      Object.fromEntries(
        Object.entries(document).filter(([, value]) => value !== undefined),
      ) as unknown as ErrorDocument,
  );
