import { apiErrors } from "@apoc/core";
import { expect, onTestFinished, test } from "vitest";
import { providerScene } from "../testing/provider-scene.ts";
import { channelTerms, container, podManifest } from "../testing/sample-pod.ts";
import { putPod } from "./put-pod.ts";

test("a pod that is removed while its update is admitted is not revived", async () => {
  const scene = await providerScene();
  onTestFinished(() => scene.dispose());
  const { client, authorize, request, images, state, clock, wrappingKey } = scene;
  const channel = channelTerms();
  const paid = scene.pay(channel);
  const web = container("web", images.own.reference);
  const body = request(channel, podManifest([web]));
  await client.putPod(paid, body, await authorize("deploy", paid, body));
  const update = request(channel, podManifest([{ ...web, args: ["-v"] }]));
  let admissions = 0;
  const put = putPod(
    { pod: paid, authorization: await authorize("update", paid, update), body: update },
    {
      desk: {
        provider: scene.identity,
        checkRequest: () => Promise.reject(new Error("not the same request")),
        async admitRequest() {
          admissions += 1;
          await state.pods.drain(paid.uid, clock.wall());
          return { channelId: paid.channel } as never;
        },
      },
      state,
      reconciler: { nudge: () => {} },
      wrappingKey,
      settler: { intend: () => Promise.reject(new Error("the same channel")) },
      clock,
    },
  );
  await expect(put).rejects.toMatchObject({ code: apiErrors.POD_UNKNOWN.code });
  expect(admissions).toBe(1);
  expect(await state.pods.get(paid.uid)).toMatchObject({ state: "draining", generation: 1, request: body });
});
