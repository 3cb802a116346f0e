/** One environment variable that the programs read. */
export interface EnvironmentVariable {
  readonly name: string;
  readonly meaning: string;
  /** Its value must not be shown. */
  readonly sensitive: boolean;
}

/** Every environment variable that the programs read, for `help environment`. Flags win over variables. */
export const environmentVariables: readonly EnvironmentVariable[] = [
  {
    name: "APOC_CONFIG_DIR",
    meaning: "folder of config.yaml and wallets; default $XDG_CONFIG_HOME/apoc",
    sensitive: false,
  },
  {
    name: "APOC_DATA_DIR",
    meaning: "folder of records and state; default $XDG_DATA_HOME/apoc",
    sensitive: false,
  },
  { name: "APOC_NETWORK", meaning: "name of the network, as --network", sensitive: false },
  {
    name: "APOC_RPC_URL",
    meaning: "URL of the chain's RPC endpoint, as --rpc-url; may carry an API key",
    sensitive: true,
  },
  { name: "APOC_WALLET", meaning: "name of the wallet, as --wallet", sensitive: false },
  {
    name: "APOC_PASSWORD_FILE",
    meaning: "file with the password of the wallet, as --password-file",
    sensitive: false,
  },
  {
    name: "APOC_IPFS_GATEWAY",
    meaning: "base URL of a trustless gateway for ipfs:// images, as --ipfs-gateway",
    sensitive: false,
  },
  {
    name: "APOC_IPFS_API",
    meaning: "base URL of the RPC of a Kubo node, as --ipfs-api; anyone who can reach it controls the node",
    sensitive: false,
  },
  {
    name: "APOC_KEYSTORE_SCRYPT_N",
    meaning: "scrypt cost of new wallets, a power of two from 4096; default 131072",
    sensitive: false,
  },
  { name: "DOCKER_HOST", meaning: "socket of the container engine, unix:// or tcp://", sensitive: false },
  { name: "NO_COLOR", meaning: "no colours, when not empty", sensitive: false },
  {
    name: "CLICOLOR_FORCE",
    meaning: "colours even without a terminal, when not empty or 0",
    sensitive: false,
  },
  { name: "TERM", meaning: "dumb: no colours and no moving progress", sensitive: false },
  {
    name: "XDG_CONFIG_HOME",
    meaning: "base of the configuration folder; default ~/.config",
    sensitive: false,
  },
  {
    name: "XDG_CACHE_HOME",
    meaning: "base of the folder of compiled code; default ~/.cache",
    sensitive: false,
  },
  {
    name: "NODE_COMPILE_CACHE",
    meaning: "folder of compiled code instead; NODE_DISABLE_COMPILE_CACHE=1 keeps none",
    sensitive: false,
  },
  { name: "XDG_DATA_HOME", meaning: "base of the data folder; default ~/.local/share", sensitive: false },
];
