// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAttestations} from "./IAttestations.sol";
import {IListings} from "./IListings.sol";
import {IPlacements} from "./IPlacements.sol";
import {IRevocations} from "./IRevocations.sol";

/// @title Marketplace: what providers, developers and attesters say in public, and paid placement
/// @notice Everybody writes for itself only. Hashes are on chain, bodies where their URIs say; the events suffice to
/// rebuild every listing, revocation, statement and balance (docs/spec/marketplace.md).
interface IMarketplace is IRevocations, IAttestations, IListings, IPlacements {}
