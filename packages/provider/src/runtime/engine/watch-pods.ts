import { createInterface } from "node:readline";
import { ApocError, isApocError } from "@apoc/errors";
import { z } from "zod";
import { providerErrors } from "../../errors.ts";
import { parseAnswer } from "./engine-socket.ts";
import { labelFilter, labels, readOwnership } from "./labels.ts";
import type { EngineContext } from "./pod-objects.ts";

const operation = "GET /events";

/** The members of an event that are read here. */
const eventSchema = z.object({
  Action: z.string(),
  Actor: z.object({ ID: z.string(), Attributes: z.record(z.string(), z.string()).nullish() }),
});

/** What ends a container, in the words of both engines. */
const endings: ReadonlySet<string> = new Set(["die", "oom", "destroy", "remove"]);

/**
 * Ids of pods of which a container has ended or was removed, from the engine's events. Every event makes the next list
 * inspect its container again. Ends with the signal. @throws ENGINE_UNREACHABLE when the engine ends the stream
 */
export async function* watchPods(context: EngineContext, signal: AbortSignal): AsyncIterable<string> {
  const filters = JSON.stringify({ type: ["container"], ...JSON.parse(labelFilter(context.instance)) });
  const response = await context.client.stream("/events", { query: { filters }, signal });
  // There were no events of earlier changes.
  context.states.forget();
  let cause: unknown;
  try {
    for await (const line of createInterface({ input: response })) {
      const pod = line.trim() === "" ? undefined : readEvent(context, line);
      if (pod !== undefined) yield pod;
    }
  } catch (error) {
    if (isApocError(error)) throw error;
    cause = error;
  } finally {
    response.destroy();
  }
  if (signal.aborted) return;
  const actual = `unix://${context.client.socket}`;
  throw new ApocError(providerErrors.ENGINE_UNREACHABLE, { field: operation, actual, cause });
}

function readEvent(context: EngineContext, line: string): string | undefined {
  const { Action, Actor } = parseAnswer(operation, eventSchema, parseLine(line));
  if (Actor.Attributes?.[labels.instance] !== context.instance) return undefined;
  context.states.forget(Actor.ID);
  return endings.has(Action) ? readOwnership(Actor.Attributes)?.pod : undefined;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new ApocError(providerErrors.ENGINE_ANSWER_INVALID, { field: operation, expected: "JSON", cause });
  }
}
