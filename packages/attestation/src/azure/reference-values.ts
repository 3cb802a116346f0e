/** What the checks compare vTPM-wrapped evidence with: the `azure` section of a trust policy. */
export interface AzureReferenceValues {
  /**
   * Accepted values by number of the PCR, lower-case hexadecimal, 32 bytes each. A PCR that is not named is not
   * compared; without any name nothing passes, since the measurement of the hardware covers the paravisor alone.
   */
  readonly pcrs: Readonly<Record<string, readonly string[]>>;
  readonly requireSecureBoot: boolean;
}
