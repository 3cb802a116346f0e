// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IMarketplace} from "./interfaces/IMarketplace.sol";
import {Attestations} from "./marketplace/Attestations.sol";
import {Placements} from "./marketplace/Placements.sol";
import {Revocations} from "./marketplace/Revocations.sol";

/// @title Marketplace
/// @notice See IMarketplace. No owner, no pause, no upgrade: each account writes only for itself, a sponsor's unearned
/// funds are its own, and `beneficiary_` can withdraw what bids have earned and nothing else.
contract Marketplace is IMarketplace, Revocations, Attestations, Placements {
    constructor(address beneficiary_) Placements(beneficiary_) {}
}
