// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IRevocations} from "../interfaces/IRevocations.sol";

/// @title Revocation of grants and of offers
/// @notice See IRevocations.
abstract contract Revocations is IRevocations {
    mapping(address developer => mapping(bytes32 scope => uint64)) private _floors;
    /// @dev 0: no end. No real end is at the first second of 1970.
    mapping(address developer => mapping(bytes32 scope => uint64)) private _ends;

    /// @inheritdoc IRevocations
    function revokeGrants(bytes32 scope, uint64 notAfterFloor) external {
        uint64 floor = _floors[msg.sender][scope];
        if (notAfterFloor <= floor) revert MarketplaceFloorNotRaised(floor, notAfterFloor);
        _floors[msg.sender][scope] = notAfterFloor;
        emit GrantsRevoked(msg.sender, scope, notAfterFloor);
    }

    /// @inheritdoc IRevocations
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function revokeOffers(bytes32 scope, uint64 end) external {
        if (end < block.timestamp) revert MarketplaceEndInThePast(end);
        uint64 present = _end(msg.sender, scope);
        if (end >= present) revert MarketplaceEndNotNearer(present, end);
        _ends[msg.sender][scope] = end;
        emit OffersRevoked(msg.sender, scope, end);
    }

    /// @inheritdoc IRevocations
    function grantFloor(address developer, bytes32 imageDigest, bytes32 providerKeyId) external view returns (uint64) {
        mapping(bytes32 scope => uint64) storage floors = _floors[developer];
        uint256 ofImage = Math.max(floors[bytes32(0)], floors[imageDigest]);
        return uint64(Math.max(ofImage, floors[keccak256(abi.encode(imageDigest, providerKeyId))]));
    }

    /// @inheritdoc IRevocations
    function offersEnd(address developer, bytes32 imageDigest) external view returns (uint64) {
        return uint64(Math.min(_end(developer, bytes32(0)), _end(developer, imageDigest)));
    }

    function _end(address developer, bytes32 scope) private view returns (uint64) {
        uint64 end = _ends[developer][scope];
        return end == 0 ? type(uint64).max : end;
    }
}
