import type { Lease } from "../lease.ts";
import type { State } from "../state.ts";

/** An implementation of the state's ports under test: one empty store, opened as often as a test asks. */
export interface StateFixture {
  readonly open: () => Promise<State>;
  /** Opens what reads beside a daemon. */
  readonly openReader: () => Promise<State>;
  /** @throws DATA_IN_USE while another holds it */
  readonly acquireLease: () => Promise<Lease>;
}

/** Makes a fixture for one test, and cleans up after it. */
export type MakeStateFixture = () => Promise<StateFixture>;
