// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAttestations} from "./IAttestations.sol";
import {IListings} from "./IListings.sol";
import {IPlacements} from "./IPlacements.sol";
import {IRevocations} from "./IRevocations.sol";

/// @title Marketplace: public statements of providers, developers and attesters, and paid placement
/// @notice Each account writes only for itself. Hashes are on chain, bodies where their URIs say; the events suffice to
/// rebuild every listing, revocation, statement and balance (docs/spec/marketplace.md).
interface IMarketplace is IRevocations, IAttestations, IListings, IPlacements {}
