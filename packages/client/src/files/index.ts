/** Files of a user, written as a whole. Loads nothing but this, for programs that start fast. */
export { fileErrors } from "../errors.ts";
export { readFileIfThere, writeFileAtomic, writeNewFile } from "./atomic-file.ts";
