// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Revocation of grants
/// @notice A developer voids grants (docs/spec/grant.md) by raising a floor: every grant of the scope whose `notAfter`
/// is at or below the floor is void. A later grant, with a later `notAfter`, is not. A key that a provider has already
/// unwrapped cannot be recalled; what ends is the admission of new starts.
interface IMarketplace {
    event GrantsRevoked(address indexed developer, bytes32 indexed scope, uint64 notAfterFloor);

    /// @notice A floor can only be raised: what was revoked stays revoked.
    error MarketplaceFloorNotRaised(uint64 floor, uint64 notAfterFloor);

    /// @notice Raises the floor of `scope`: zero for all grants of the sender, an image digest for all of that image,
    /// or keccak256(abi.encode(imageDigest, providerKeyId)) for one provider key.
    function revokeGrants(bytes32 scope, uint64 notAfterFloor) external;

    /// @notice The highest floor that applies to a grant; the grant is void when its `notAfter` is not above it.
    function grantFloor(address developer, bytes32 imageDigest, bytes32 providerKeyId) external view returns (uint64);
}
