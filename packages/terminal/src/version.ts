/** Version of all packages of this workspace, which the programs show. `test/start-up.test.ts` keeps it so. */
export const version = "0.1.0";
