import { type ClientEvent, payingChannel } from "@apoc/client";
import type { Context } from "@apoc/terminal";
import { reportAttestation } from "@apoc/terminal/attestation";

/** Says on standard error what a use case does. */
export function reportEvents(ctx: Context): (event: ClientEvent) => void {
  const { ui } = ctx;
  return (event) => {
    switch (event.type) {
      case "evidence-appraised":
        return reportAttestation(ctx, event);
      case "deployment-found":
        return ui.note(
          `Resuming ${event.deployment.name}: channel ${payingChannel(event.deployment).id} is paid already.`,
        );
      case "image-pinned": {
        const { named, reference, license } = event.image;
        return ui.detail(`${named} is ${reference}${license === undefined ? "" : ", licensed"}`);
      }
      case "channel-funded": {
        const { id, block, confirmations } = event;
        const depth = `${confirmations} ${confirmations === 1 ? "confirmation" : "confirmations"}`;
        return ui.step("Channel funded", `${id.slice(0, 10)}…, block ${block}, ${depth}`);
      }
      case "pod-admitted":
        return ui.step("Admitted", `by ${new URL(event.provider).host}`);
      case "pod-running":
        return ui.step("Running", `${Math.round(event.milliseconds / 1000)} s`);
      case "provider-keys-changed":
        return ui.note("The provider shows other keys than when the pod was deployed; attesting it again.");
      case "pod-stopped":
        return ui.step("Stopped", `by ${new URL(event.provider).host}`);
      case "stop-failed": {
        const text = `The provider did not stop the pod: ${event.error.code} ${event.error.message}.`;
        if (event.again) return ui.detail(text);
        return ui.warn(`${text}\nUnlocking the channel all the same; the rest is yours when that is over.`);
      }
      case "channel-terminated":
        return ui.step("Settled", "the provider took its last payment and ended the channel");
      case "termination-missed":
        return ui.warn(
          `The provider has not ended the channel within ${event.milliseconds / 1000} s; unlocking it instead.`,
        );
    }
  };
}
