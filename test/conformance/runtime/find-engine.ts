import { findEngineSocket, type EngineInfo } from "@apoc/provider/engine";
import { test } from "vitest";

/** The engine of `APOC_TEST_ENGINE`, else the one whose socket answers; without one, defines a test that fails in CI. */
export async function findEngine(): Promise<EngineInfo | undefined> {
  const named = process.env["APOC_TEST_ENGINE"];
  const env = named === undefined ? process.env : { DOCKER_HOST: named };
  const engine = await findEngineSocket(env).catch(() => undefined);
  if (engine === undefined) {
    test("a container engine answers", () => {
      const message =
        "no container engine answers: eval $(scripts/engine.sh start --dir .apoc/engine), then export DOCKER_HOST";
      if (process.env["CI"] !== undefined) throw new Error(message);
      console.warn(message);
    });
  }
  return engine;
}
