import { ApocError } from "@apoc/errors";
import type { ImageConfig } from "@apoc/oci";
import { systemClock } from "../clock.ts";
import { providerErrors } from "../errors.ts";
import { type Program, runtimeConformance, type RuntimeHarness } from "../runtime/conformance/index.ts";
import type { AdmittedImage } from "../runtime/index.ts";
import { MemoryPlace } from "./memory-place.ts";
import { MemoryRuntime, type ProgramOf } from "./memory-runtime.ts";
import { sampleImage } from "./sample-image.ts";

const place = new MemoryPlace();
const base = await sampleImage();

function imageOf(config: NonNullable<ImageConfig["config"]>): AdmittedImage {
  const { digest, manifest, repository } = base;
  return { digest, manifest, config: { ...base.config, config }, blobs: repository };
}

/** Images of this test carry their program in the config's Cmd. */
const programOf: ProgramOf = ({ config }) => {
  const [text] = config.config?.Cmd ?? [];
  if (text === undefined) throw new ApocError(providerErrors.ENGINE_REFUSED, { field: "start" });
  return JSON.parse(text) as Program;
};

const harness: RuntimeHarness = {
  makeRuntime: () => new MemoryRuntime(systemClock, place, programOf),
  image: async (program) => imageOf({ Cmd: [JSON.stringify(program)] }),
  unstartable: async () => imageOf({}),
  startFailure: providerErrors.ENGINE_REFUSED,
  get: async (address) => place.get(address),
  leftovers: async () => place.objects(),
  end: async (podId, container) => place.pods.get(podId)!.containers.get(container)!.end(137),
  loseNetwork: async (podId) => void (place.pods.get(podId)!.hasNetwork = false),
};

runtimeConformance("memory", () => harness);
