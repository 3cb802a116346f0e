/**
 * Writes docs/schema/trust-policy.schema.json from the schema that parses trust policies.
 *
 *   node --conditions=apoc-source scripts/generate-policy-schema.ts [--check]
 *
 * With --check nothing is written: exit 1 where the committed file is not what the schema gives.
 */
import { trustPolicyJsonSchema } from "@apoc/attestation";
import { writeSchema } from "./write-schema.ts";

writeSchema("trust-policy.schema.json", trustPolicyJsonSchema());
