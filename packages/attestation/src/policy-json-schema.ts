import { z } from "zod";
import { policySchema } from "./policy-schema.ts";

/**
 * JSON Schema (2020-12) of a trust policy as it is written, for editors. It cannot say everything: that lists hold no
 * duplicates, that a development root is not one of a maker's, and the like are for `apoc attestation policy check`.
 */
export function trustPolicyJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(policySchema, {
    io: "input",
    target: "draft-2020-12",
    unrepresentable: "any",
  });
  return {
    $schema: schema.$schema,
    title: "apoc trust policy, version 1",
    description: "What evidence of a TEE must hold to be accepted. Whatever is not named is refused.",
    ...schema,
  };
}
