// Not published. A pod that every admission check admits, to change one thing at a time.
export * from "../admission/testing/scene.ts";
