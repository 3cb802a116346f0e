import type { BlockReference } from "../chain-view/chain-view.ts";
import type { Admission } from "./admission.ts";
import type { CheckName } from "./check-names.ts";
import type { AdmissionImage, ImagesByReference, LicensedImage, OwnImage, PulledImage } from "./images.ts";

/** The living chain as this provider sees it. */
export interface FreshView {
  /** The block at which state is read. */
  readonly confirmed: BlockReference;
}

/** What each check proves, for the checks after it. `void`: nothing that another builds on. */
export interface Proofs {
  readonly request: void;
  readonly freshness: FreshView;
  readonly identity: ImagesByReference<PulledImage>;
  readonly license: ImagesByReference<OwnImage | LicensedImage>;
  readonly grant: ImagesByReference<AdmissionImage>;
  readonly terms: void;
  readonly funds: void;
  readonly protection: void;
  readonly possession: void;
}

/** One rule of admission. `run` gets what the checks in `needs` have proven, and no more. */
export interface Check<Name extends CheckName = CheckName, Needs extends CheckName = CheckName> {
  readonly name: Name;
  /** Checks that it builds on; each comes before it in the order. */
  readonly needs: readonly Needs[];
  /** @throws ApocError of the codes 6xxx when the rule is broken */
  run(admission: Admission, proofs: Pick<Proofs, Needs>): Promise<Proofs[Name]>;
}

/** Any check: its types name what it needs and proves. */
export type AnyCheck = { [Name in CheckName]: Check<Name> }[CheckName];

/** Declares a check, with the types of its proofs taken from `name` and `needs`. */
export function defineCheck<const Name extends CheckName, const Needs extends CheckName>(
  check: Check<Name, Needs>,
): Check<Name, Needs> {
  return check;
}
