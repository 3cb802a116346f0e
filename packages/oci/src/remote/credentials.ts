/** How one registry is logged in to. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token, as `docker login` keeps it. */
  | { readonly identityToken: string };

/** Finds the credentials for a registry host such as `registry.example:5000`. */
export type CredentialSource = (registry: string) => Promise<Credentials | undefined>;
