import { expect, test } from "vitest";
import { admissionErrors } from "../errors.ts";
import { refusals } from "./testing/verdicts.ts";

test("an encrypted image without a license", async () => {
  expect(await refusals({ annotation: () => undefined })).toEqual({
    license: admissionErrors.LICENSE_MISSING.code,
  });
});

test("a license that is no license, not canonical, or has unknown members", async () => {
  const refused = { license: admissionErrors.LICENSE_MALFORMED.code };
  expect(await refusals({ annotation: () => "free for all" })).toEqual(refused);
  expect(await refusals({ annotation: (text) => ` ${text}` })).toEqual(refused);
  expect(
    await refusals({ annotation: (text) => text.replace('"version":1', '"version":1,"extra":true') }),
  ).toEqual(refused);
});

test("a licensed image with a layer that anybody could have put there", async () => {
  const refused = { license: admissionErrors.LICENSE_UNENCRYPTED.code };
  const lastPlain = { layers: (layers: unknown[], plain: unknown[]) => [layers[0], plain[1]] as never };
  expect(await refusals(lastPlain)).toEqual(refused);
  expect(await refusals({ layers: (_, plain) => plain })).toEqual(refused);
});
