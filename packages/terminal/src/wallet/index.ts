export { openWallet, selectWallet, type Wallet, walletAddress, walletOf } from "./open-wallet.ts";
export { chooseNewPassword, readPassword } from "./password.ts";
export { assertNewWallet, createWallet, listWallets, readWallet, type StoredWallet } from "./store.ts";
