// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IMarketplace} from "./interfaces/IMarketplace.sol";

/// @title Revocation of grants
/// @notice See IMarketplace. No owner: every developer writes its own floors only.
contract Marketplace is IMarketplace {
    mapping(address developer => mapping(bytes32 scope => uint64)) private _floors;

    /// @inheritdoc IMarketplace
    function revokeGrants(bytes32 scope, uint64 notAfterFloor) external {
        uint64 floor = _floors[msg.sender][scope];
        if (notAfterFloor <= floor) revert MarketplaceFloorNotRaised(floor, notAfterFloor);
        _floors[msg.sender][scope] = notAfterFloor;
        emit GrantsRevoked(msg.sender, scope, notAfterFloor);
    }

    /// @inheritdoc IMarketplace
    function grantFloor(address developer, bytes32 imageDigest, bytes32 providerKeyId) external view returns (uint64) {
        mapping(bytes32 scope => uint64) storage floors = _floors[developer];
        uint256 ofImage = Math.max(floors[bytes32(0)], floors[imageDigest]);
        return uint64(Math.max(ofImage, floors[keccak256(abi.encode(imageDigest, providerKeyId))]));
    }
}
