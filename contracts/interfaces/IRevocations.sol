// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Revocation of grants and of offers
/// @notice A developer voids what it signed or published by moving a time that can move in one direction only. Scopes are zero
/// (everything of the sender), an image digest `D` without its prefix, and for grants one provider key of one image.
///
/// Grants (docs/spec/grant.md) have a floor: every grant of the scope whose `notAfter` is at or below it is void, later
/// ones are not. A key that a provider has already unwrapped cannot be recalled; revocation only prevents new starts.
///
/// Offers (docs/spec/license.md) have an end: no channel accepted at or after it may take an offer of the scope. It is
/// never in the past, so the terms of running pods do not change.
interface IRevocations {
    event GrantsRevoked(address indexed developer, bytes32 indexed scope, uint64 notAfterFloor);
    event OffersRevoked(address indexed developer, bytes32 indexed scope, uint64 end);

    /// @notice A floor can only be raised: what was revoked stays revoked.
    error MarketplaceFloorNotRaised(uint64 floor, uint64 notAfterFloor);
    /// @notice An end can only move closer: what was revoked stays revoked.
    error MarketplaceEndNotNearer(uint64 present, uint64 end);
    /// @notice An end in the past would reach into channels that were accepted before the revocation.
    error MarketplaceEndInThePast(uint64 end);

    /// @notice Raises the floor of `scope`: zero for all grants of the sender, an image digest for all of that image,
    /// or keccak256(abi.encode(imageDigest, providerKeyId)) for one provider key.
    function revokeGrants(bytes32 scope, uint64 notAfterFloor) external;

    /// @notice Ends the offers of `scope` at `end` (seconds, not in the past): an image digest, or zero for all images
    /// of the sender, future ones included.
    function revokeOffers(bytes32 scope, uint64 end) external;

    /// @notice The highest floor that applies to a grant; the grant is void when its `notAfter` is not above it.
    function grantFloor(address developer, bytes32 imageDigest, bytes32 providerKeyId) external view returns (uint64);

    /// @notice The second from which no channel can take an offer of the image; 2^64 - 1 if there is no end.
    function offersEnd(address developer, bytes32 imageDigest) external view returns (uint64);
}
