export { type BlockSource, type BlockStore, blockLimit, MemoryBlocks } from "./blocks.ts";
export { carBlockLimit, readCar, writeCar } from "./car.ts";
export {
  type BlockHash,
  Cid,
  cidOf,
  type Codec,
  decodeCid,
  identityLimit,
  parseCid,
  readCid,
} from "./cid.ts";
export { type BlockEvent, GatewayBlocks, type GatewayOptions } from "./gateway-blocks.ts";
export { importFile, importParameters } from "./import-file.ts";
export { type ImageFolders, IpfsImage, type IpfsImageOptions } from "./ipfs-image.ts";
export {
  formatIpfsReference,
  type IpfsReference,
  isIpfsReference,
  parseIpfsReference,
} from "./ipfs-reference.ts";
export { IpfsTarget } from "./ipfs-target.ts";
export { publishToKubo, type PublishToKuboOptions } from "./kubo.ts";
export { type DirectoryLink, readDirectory } from "./unixfs-directory.ts";
export { readUnixFsFile, type ReadFileOptions } from "./unixfs-file.ts";
