/** What `apoc provider init` writes: every key, the optional ones commented out. */
export const sampleConfig = `# Configuration of an apoc provider. Unknown keys are errors; paths are relative to this file.

# Accept a development attester. It protects nothing: never with real licenses or secrets.
development: true

# HTTPS API. Its certificate is self-signed; clients check its key against the evidence.
listen: 127.0.0.1:8443

# Pods are reached as http://<pod>.<suffix>:<port>. Leave out to serve none.
ingress:
  listen: 127.0.0.1:8080
  suffix: pods.localhost
  # url: https://pods.example          # the suffix as seen from outside

chain:
  id: eip155:31337
  rpc: [http://127.0.0.1:8545]         # several must agree before anything starts
  # A chain of the deployments file needs none of these:
  # paymentChannel: "0x0000000000000000000000000000000000000001"
  # marketplace: "0x0000000000000000000000000000000000000002"
  # tokens: ["0x0000000000000000000000000000000000000003"]

# Wallet of "apoc wallet"; its password comes from --password-file, APOC_PASSWORD_FILE or the terminal.
wallet: provider

dataDir: data

# engine: {socket: /run/podman/podman.sock}   # else DOCKER_HOST and the usual sockets

attester:
  development: tee/tee.sock            # unix socket of "apoc tee serve"
  # configfs: true                     # instead: the TEE this machine is a guest of (Linux 6.7)
  # kds: https://kds.example           # with configfs: a mirror of AMD's certificate service

# Tokens per hour of reservation.
prices:
  cpuCoreHour: 0.04
  memoryGiBHour: 0.01
  storageGiBHour: 0.0002

# Rules that pods are admitted by.
policy:
  confirmations: 3                     # blocks on top of the one whose state counts
  maxHeadAgeSeconds: 120               # older heads start nothing
  minRunwaySeconds: 600                # funds a channel needs for a start
  minGraceSeconds: 600                 # least unlock delay of a channel
  # monitors:                          # others who sign which block they see
  #   - {address: "0x…", url: https://monitor.example/block}

claim:
  intervalSeconds: 3600
  minimum: 0                           # tokens; less is claimed at shutdown and removal only

# images:
#   maxImageBytes: 8589934592
#   maxStoreBytes: 68719476736
#   ipfsGateways: [http://127.0.0.1:8080]   # trustless gateways; without any, ipfs:// images are not run
#   privateRegistries: [registry.lan:5000]  # else nothing is fetched from private addresses, unless for development

# Pods run on for this long while the chain that is seen is stale or forked; an outage of the RPCs stops none.
suspendAfterSeconds: 1800
`;
