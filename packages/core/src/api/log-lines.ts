import { z } from "zod";
import { peerText } from "./error-document.ts";

/** One line of a pod's log, as `GET /v1/pods/{id}/logs` streams them: JSON lines. */
export interface PodLogLine {
  readonly container: string;
  readonly stream: "stdout" | "stderr";
  readonly time: string;
  readonly text: string;
}

/** Form of a {@link PodLogLine} of a provider; its text is as the container wrote it. */
export const podLogLineSchema: z.ZodType<PodLogLine> = z.object({
  container: peerText(64),
  stream: z.enum(["stdout", "stderr"]),
  time: peerText(64),
  text: z.string(),
});

/** Which log lines are wanted. */
export interface PodLogQuery {
  readonly container?: string;
  readonly tail?: number;
  readonly since?: string;
  readonly follow?: boolean;
}

const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** Form of a {@link PodLogQuery} in a URL; unknown names are errors. */
export const podLogQuerySchema: z.ZodType<PodLogQuery, Readonly<Record<string, string>>> = z
  .strictObject({
    container: z.string().max(63).optional(),
    tail: z
      .string()
      .regex(/^\d{1,6}$/, "a number of lines")
      .transform(Number)
      .optional(),
    since: z.iso.datetime({ offset: true }).optional(),
    follow: flag.optional(),
  })
  .transform(
    (query) =>
      Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as PodLogQuery,
  ) as unknown as z.ZodType<PodLogQuery, Readonly<Record<string, string>>>;
