// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Who attested which provider key
/// @notice Anybody can state that it verified evidence of a provider key under a trust policy, until when it stands by
/// that, and where its signed record is (docs/spec/evidence.md, "Record"). The chain checks none of it: a reader decides
/// whom to trust and verifies the record.
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

    /// @notice States, or states again, that the sender stands by its record of the key under the policy before `until`.
    function attest(
        bytes32 providerKeyId,
        bytes32 policyDigest,
        uint64 until,
        bytes32 record,
        string calldata uri
    ) external;

    /// @notice Withdraws the sender's statement about the key under the policy.
    function revokeAttestation(bytes32 providerKeyId, bytes32 policyDigest) external;

    /// @notice The second from which `attester` no longer stands by the key; zero: it never did, or revoked.
    function attestedUntil(address attester, bytes32 providerKeyId, bytes32 policyDigest)
        external
        view
        returns (uint64);
}
