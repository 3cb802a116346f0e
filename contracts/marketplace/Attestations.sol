// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IAttestations} from "../interfaces/IAttestations.sol";

/// @title Who attested which provider key
/// @notice See IAttestations.
abstract contract Attestations is IAttestations {
    /// @inheritdoc IAttestations
    mapping(address attester => mapping(bytes32 providerKeyId => mapping(bytes32 policyDigest => uint64))) public
        attestedUntil;

    /// @inheritdoc IAttestations
    // slither-disable-next-line timestamp -- all terms are in seconds; the few that a proposer can shift do no harm
    function attest(
        bytes32 providerKeyId,
        bytes32 policyDigest,
        uint64 until,
        bytes32 record,
        string calldata uri
    ) external {
        if (until <= block.timestamp) revert MarketplaceAttestationExpired(until);
        attestedUntil[msg.sender][providerKeyId][policyDigest] = until;
        emit Attested(msg.sender, providerKeyId, policyDigest, until, record, uri);
    }

    /// @inheritdoc IAttestations
    function revokeAttestation(bytes32 providerKeyId, bytes32 policyDigest) external {
        if (attestedUntil[msg.sender][providerKeyId][policyDigest] == 0) {
            revert MarketplaceNotAttested(msg.sender, providerKeyId, policyDigest);
        }
        delete attestedUntil[msg.sender][providerKeyId][policyDigest];
        emit AttestationRevoked(msg.sender, providerKeyId, policyDigest);
    }
}
