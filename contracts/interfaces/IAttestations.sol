// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Who attested which provider key
/// @notice Anybody says, for itself, that it verified evidence of a provider key under a trust policy, until when it stands
/// by that, and where its signed record is (docs/spec/evidence.md, "Record"). The chain checks nothing of it: a reader
/// decides whose word counts and verifies the record.
interface IAttestations {
    /// @param record sha256 of the record's bytes.
    event Attested(
        address indexed attester,
        bytes32 indexed providerKeyId,
        bytes32 indexed policyDigest,
        uint64 until,
        bytes32 record,
        string uri
    );
    event AttestationRevoked(address indexed attester, bytes32 indexed providerKeyId, bytes32 indexed policyDigest);

    /// @notice `until` is not in the future.
    error MarketplaceAttestationExpired(uint64 until);
    error MarketplaceNotAttested(address attester, bytes32 providerKeyId, bytes32 policyDigest);

    /// @notice States, or states anew, that the sender stands by its record of the key under the policy before `until`.
    function attest(
        bytes32 providerKeyId,
        bytes32 policyDigest,
        uint64 until,
        bytes32 record,
        string calldata uri
    ) external;

    /// @notice Takes back what the sender stated of the key under the policy.
    function revokeAttestation(bytes32 providerKeyId, bytes32 policyDigest) external;

    /// @notice The second from which `attester` does not stand by the key any more; zero: it never did, or revoked.
    function attestedUntil(address attester, bytes32 providerKeyId, bytes32 policyDigest)
        external
        view
        returns (uint64);
}
