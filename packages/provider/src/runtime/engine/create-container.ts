import { ApocError } from "@apoc/errors";
import { z } from "zod";
import { providerErrors } from "../../errors.ts";
import { containerBody, type ContainerPlan } from "./container-body.ts";
import { parseAnswer } from "./engine-socket.ts";
import { podmanInspection } from "./inspection.ts";
import { containerName } from "./labels.ts";
import { inspectContainer } from "./pod-container.ts";
import type { EngineContext } from "./pod-objects.ts";
import { compareContainer } from "./read-back.ts";

const created = z.object({ Id: z.string().regex(/^[0-9a-f]{64}$/) });

/** Creates a container and reads it back, without starting it. Returns its id. @throws READBACK_MISMATCH */
export async function createContainer(context: EngineContext, plan: ContainerPlan): Promise<string> {
  const { client, engine, instance } = context;
  const answer = await client.call("POST", "/containers/create", {
    query: { name: containerName(plan.ownership, 0) },
    body: containerBody(plan, engine, instance),
  });
  const { Id } = parseAnswer("POST /containers/create", created, answer.body);
  const found = await inspectContainer(context.client, Id);
  if (found === undefined) {
    throw new ApocError(providerErrors.READBACK_MISMATCH, {
      field: `${plan.ownership.container || "pause"}.Id`,
      expected: Id,
    });
  }
  const operation = "GET /libpod/containers/{id}/json";
  const native =
    engine.name === "podman"
      ? parseAnswer(
          operation,
          podmanInspection,
          (await client.call("GET", `/libpod/containers/${Id}/json`)).body,
        )
      : undefined;
  compareContainer(plan, engine, instance, found, native);
  return Id;
}
